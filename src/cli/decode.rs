//! `framecheck decode` and `encode`: the reference decoder and encoder on files and pipes, in constant memory.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::path::PathBuf;

use serde_json::json;

use super::{Ended, Failure, Status, framing};
use crate::framing::{Checksum, Ending, Event, Framing, Payloads, Span};

/// Decodes a stream to JSON lines: its frames, and last how it ended.
#[derive(clap::Args)]
pub(super) struct DecodeArgs {
    /// What the stream is framed in
    #[arg(long, value_name = "TEXT")]
    framing: String,
    /// The stream [default: standard input]
    file: Option<PathBuf>,
}

/// Encodes payloads, a line of hexadecimal digits each; in pattern 6 an empty line ends a series, and the end of the input ends the last.
#[derive(clap::Args)]
pub(super) struct EncodeArgs {
    /// What the payloads are framed in
    #[arg(long, value_name = "TEXT")]
    framing: String,
    /// The input is one payload as it is
    #[arg(long)]
    raw: bool,
}

/// Bytes asked for in one read.
const READ: usize = 64 << 10;

pub(super) fn decode(args: &DecodeArgs) -> Ended {
    let framing = framing(&args.framing)?;
    let (name, mut input): (String, Box<dyn Read>) = match &args.file {
        None => ("standard input".to_owned(), Box::new(io::stdin().lock())),
        Some(path) => {
            let file = File::open(path)
                .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
            (path.display().to_string(), Box::new(file))
        }
    };
    let mut lines = JsonLines {
        out: BufWriter::new(io::stdout().lock()),
        failed: None,
    };
    let mut payloads = Payloads::<Checksum>::new(&framing);
    let mut buffer = vec![0; READ];
    loop {
        let read = input
            .read(&mut buffer)
            .map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        let pushed = payloads.push(&buffer[..read], |event, checksum| {
            lines.event(event, checksum.value())
        });
        if read == 0 || pushed.is_err() || lines.failed.is_some() {
            break;
        }
    }
    let ending = payloads.finish(|event, checksum| lines.event(event, checksum.value()));
    lines.ending(ending);
    match lines.flushed() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ if ending == Ending::Clean => Ok(Status::Conformant),
        _ => Ok(Status::NotConformant),
    }
}

/// Events as JSON lines.
struct JsonLines<W: Write> {
    out: W,
    failed: Option<io::Error>,
}

impl<W: Write> JsonLines<W> {
    fn event(&mut self, event: Event, crc32: u32) {
        let (name, span) = match event {
            Event::Frame(span) => ("frame", span),
            Event::Block(span) => ("block", span),
            Event::Done { at } => {
                return self.line(format_args!(r#"{{"event":"done","at":{at}}}"#));
            }
        };
        let Span {
            start,
            end,
            offset,
            len,
        } = span;
        self.line(format_args!(r#"{{"event":"{name}","start":{start},"end":{end},"offset":{offset},"len":{len},"crc32":"{crc32:08x}"}}"#));
    }

    fn ending(&mut self, ending: Ending) {
        let word = ending.word();
        match ending {
            Ending::Clean => self.line(format_args!(r#"{{"event":"end","ending":"{word}"}}"#)),
            Ending::Truncated { from } => self.line(format_args!(
                r#"{{"event":"end","ending":"{word}","from":{from}}}"#
            )),
            Ending::Malformed(error) => self.error(word, error.at, &error.why.to_string()),
            Ending::Oversize { at } => {
                self.error(word, at, &crate::framing::Why::Oversize.to_string())
            }
        }
    }

    fn error(&mut self, word: &str, at: u64, why: &str) {
        self.line(format_args!(
            r#"{{"event":"end","ending":"{word}","at":{at},"why":{}}}"#,
            json!(why)
        ));
    }

    fn line(&mut self, line: std::fmt::Arguments) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{line}").err();
        }
    }

    fn flushed(mut self) -> io::Result<()> {
        match self.failed {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }
}

pub(super) fn encode(args: &EncodeArgs) -> Ended {
    let framing = framing(&args.framing)?;
    let mut wire = Vec::new();
    if args.raw {
        let mut payload = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut payload)
            .map_err(unreadable)?;
        framing
            .encode(&payload, &mut wire)
            .map_err(|why| Failure::usage(why.to_string()))?;
        if framing.has_blocks() {
            framing.encode_done(&mut wire);
        }
    } else {
        encode_lines(&framing, io::stdin().lock(), &mut wire)?;
    }
    let mut out = io::stdout().lock();
    match out.write_all(&wire).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Status::Conformant),
    }
}

fn encode_lines(framing: &Framing, input: impl BufRead, wire: &mut Vec<u8>) -> Result<(), Failure> {
    let in_blocks = framing.has_blocks();
    let mut open = false;
    for (number, line) in (1..).zip(input.lines()) {
        let at_line = |why: String| Failure::usage(format!("standard input, line {number}: {why}"));
        let line = line.map_err(|error| at_line(error.to_string()))?;
        let payload = hex::decode(line.trim()).map_err(|error| {
            at_line(format!(
                "{error}; a line is a payload in hexadecimal digits"
            ))
        })?;
        if in_blocks && payload.is_empty() {
            framing.encode_done(wire);
            open = false;
            continue;
        }
        framing
            .encode(&payload, wire)
            .map_err(|why| at_line(why.to_string()))?;
        open = in_blocks;
    }
    if open {
        framing.encode_done(wire);
    }
    Ok(())
}

fn unreadable(error: io::Error) -> Failure {
    Failure::usage(format!("standard input: {error}"))
}
