//! Reports the bodies that the `Decoder` of chunked_transfer reads: chunked-transfer-peer PORT

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;
use std::{env, process, thread};

use chunked_transfer::Decoder;

const FRAMING: &str =
    r"blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,unit=series,extensions=http,max=none";

fn main() {
    if env::var("FRAMECHECK_FRAMING_EXPANDED").is_ok_and(|framing| framing != FRAMING) {
        process::exit(89);
    }
    let port = env::args()
        .nth(1)
        .and_then(|port| port.parse().ok())
        .unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || serve(stream));
    }
}

fn serve(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    let ending = match bodies(&mut input, &mut out) {
        Ok(()) => "clean",
        Err(_) => "error",
    };
    writeln!(out, "end {ending}")?;
    out.shutdown(Shutdown::Write)?;
    // Closing with unread input would reset the connection and lose the lines above.
    out.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut input, &mut io::sink()).map(drop)
}

/// Reads one body after the other, as a server does that keeps the connection.
fn bodies(input: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    while !input.fill_buf()?.is_empty() {
        let mut body = Vec::new();
        Decoder::new(&mut *input).read_to_end(&mut body)?;
        let line = format!("frame {} {:08x}\n", body.len(), crc32fast::hash(&body));
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}
