//! What the peers of this folder have in common, and no framing: the address and the framing that they are asked for, and the
//! lines of the observer `report` (docs/targets.md).

use std::io::Result;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};

/// The framing asked for, with presets written out.
pub fn framing() -> String {
    std::env::var("FRAMECHECK_FRAMING_EXPANDED").unwrap_or_default()
}

/// Says that the framing asked for is not one of ours.
pub fn not_ours() -> ! {
    std::process::exit(89)
}

/// The port that the command line names.
pub fn port() -> u16 {
    let argument = std::env::args().nth(1);
    argument.and_then(|port| port.parse().ok()).expect("a port")
}

/// Listens, and gives each connection to `serve`; what becomes of one is no matter for the others.
pub async fn listen<F>(serve: impl Fn(TcpStream) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", port())).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        tokio::spawn(serve(socket));
    }
}

/// The line for one frame.
pub fn frame(payload: &[u8]) -> String {
    format!("frame {} {:08x}\n", payload.len(), crc32fast::hash(payload))
}

/// Says how the stream ended, and reads on for a second at most: unread input at the close would be a reset, which can
/// destroy the lines on their way.
pub async fn end(
    mut out: impl AsyncWriteExt + Unpin,
    mut rest: OwnedReadHalf,
    ending: &str,
) -> Result<()> {
    out.write_all(format!("end {ending}\n").as_bytes()).await?;
    out.shutdown().await?;
    let drain = async { while matches!(rest.read(&mut [0; 8192]).await, Ok(1..)) {} };
    let _ = tokio::time::timeout(Duration::from_secs(1), drain).await;
    Ok(())
}
