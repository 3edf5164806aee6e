//! The crate `netstring` on a blocking socket: each string is sent back.

use std::io::Result;
use std::net::{TcpListener, TcpStream};
use std::thread;

use framecheck_peers as report;
use netstring::{ReadNetstring, WriteNetstring};

fn serve(mut socket: TcpStream) -> Result<()> {
    socket.set_nodelay(true)?;
    loop {
        let payload = socket.read_netstring()?;
        socket.write_netstring(payload)?;
    }
}

fn main() -> Result<()> {
    if report::framing() != r"prefixed:decimal,end=:,trailer=\,,max=none,charset=utf-8" {
        report::not_ours();
    }
    let listener = TcpListener::bind(("127.0.0.1", report::port()))?;
    for socket in listener.incoming() {
        let socket = socket?;
        thread::spawn(move || serve(socket));
    }
    Ok(())
}
