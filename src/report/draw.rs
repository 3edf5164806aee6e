//! A case drawn: its bytes as text, with a mark at each cut, and what must come of them.

use crate::framing::{Pattern, escape};
use crate::suite::{Case, Item, Manner, Stream};

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    /// A terminal that shows colours is at the other end.
    pub colour: bool,
}

impl Paint {
    pub(super) fn green(self, text: &str) -> String {
        self.styled("32", text)
    }

    pub(super) fn red(self, text: &str) -> String {
        self.styled("31;1", text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.styled("33", text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    fn styled(self, code: &str, text: &str) -> String {
        match self.colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// A case: what is sent, where it is cut, what must come of it and why it is there.
#[must_use]
pub fn draw_case(case: &Case, paint: Paint) -> String {
    let stream = &case.stream;
    let mut lines = vec![paint.bold(&case.id)];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<8} {text}"));
    if !stream.why.is_empty() {
        line("why", stream.why.clone());
    }
    line("framing", framing_line(case));
    line("sent", wire(case, paint));
    line("", segments(case));
    if let Some(manner) = manner(&case.manner) {
        line("manner", manner);
    }
    line("due", due(case));
    lines.join("\n") + "\n"
}

pub(super) fn framing_line(case: &Case) -> String {
    let stream = &case.stream;
    let classes: Vec<_> = stream.classes.iter().map(u8::to_string).collect();
    let aimed = if classes.is_empty() {
        String::new()
    } else {
        format!(", defect classes {}", classes.join(" "))
    };
    format!("{} ({}{aimed})", stream.framing, stream.level.word())
}

/// Bytes shown at either side of a cut or an end; what lies between further ones is left out.
const CONTEXT: usize = 24;

/// The bytes with a bar at each cut; long stretches without one are shortened.
pub(super) fn wire(case: &Case, paint: Paint) -> String {
    let bar = paint.red("|");
    let mut shown = 0;
    let pieces: Vec<String> = case
        .segments()
        .map(|segment| {
            shown += 1;
            if shown > 40 {
                String::new()
            } else {
                shortened(segment)
            }
        })
        .collect();
    match pieces.len() {
        0 => "(nothing)".to_owned(),
        1..=40 => pieces.join(&bar),
        many => format!(
            "{}{bar}... ({} more segments)",
            pieces[..40].join(&bar),
            many - 40
        ),
    }
}

/// Bytes as text, of long ones both ends.
#[must_use]
pub(super) fn shortened(bytes: &[u8]) -> String {
    if bytes.len() <= 3 * CONTEXT {
        return escape(bytes, b"|");
    }
    let (front, back) = (&bytes[..CONTEXT], &bytes[bytes.len() - CONTEXT..]);
    format!(
        "{}...({} bytes)...{}",
        escape(front, b"|"),
        bytes.len() - 2 * CONTEXT,
        escape(back, b"|")
    )
}

pub(super) fn segments(case: &Case) -> String {
    let sizes: Vec<_> = case.segments().map(<[u8]>::len).collect();
    segments_line(&sizes, case.close.word())
}

/// Sizes of segments, and what comes behind them.
pub(super) fn segments_line(sizes: &[usize], close: &str) -> String {
    let shown: Vec<_> = sizes.iter().take(20).map(usize::to_string).collect();
    let more = if sizes.len() > 20 { " ..." } else { "" };
    let count = match sizes.len() {
        0 => "no bytes".to_owned(),
        1 => format!("1 segment of {} bytes", shown[0]),
        many => format!("{many} segments of {}{more} bytes", shown.join(" ")),
    };
    let close = match close {
        "hold" => "held open until all that is due has come, then fin",
        close => close,
    };
    format!("{count}, then {close}")
}

/// How the case is conducted, where that is not plain.
pub(super) fn manner(manner: &Manner) -> Option<String> {
    let bytes = |stream: &Stream| format!("'{}'", shortened(&stream.wire));
    Some(match manner {
        Manner::Plain => return None,
        Manner::Unread => "what comes is not read before all is written".to_owned(),
        Manner::Pause(pause) => format!("with a pause of {pause:?} at each cut"),
        Manner::After(after) => format!(
            "after {} connections, each sends {}, then {}",
            after.times,
            bytes(&after.stream),
            after.close.word()
        ),
        Manner::Beside(others) => format!(
            "beside {} connections in the middle of {}",
            others.len(),
            list(others.iter().map(|other| bytes(other)))
        ),
        Manner::Measure(resource) => format!("measured: {resource}"),
    })
}

/// What must be reported, the payloads beside it.
pub(super) fn due(case: &Case) -> String {
    let stream = &case.stream;
    let mut payloads = stream.payload_bytes();
    let joined = matches!(
        stream.framing.pattern,
        Pattern::Blocks {
            unit: crate::framing::Unit::Series,
            ..
        }
    );
    let items = stream.due.iter().map(|due| match due.item {
        Item::Frame { .. } if !joined => format!(
            "{} {}",
            due.item,
            quoted(payloads.next().unwrap_or_default())
        ),
        item => item.to_string(),
    });
    list(items.chain([format!("end {}", stream.ending)]))
}

fn quoted(payload: &[u8]) -> String {
    format!("'{}'", shortened(payload))
}

/// Items in a line, of many the first.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<_> = items.collect();
    if items.len() > 8 {
        let last = items.pop().unwrap_or_default();
        let more = items.len() - 6;
        items.truncate(6);
        items.push(format!("... {more} more"));
        items.push(last);
    }
    items.join("; ")
}
