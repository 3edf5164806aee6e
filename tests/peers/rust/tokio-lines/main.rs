//! tokio-util's `LinesCodec` under `FramedRead`.

use std::io::Result;

use framecheck_peers as report;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

const MAX: usize = 1000;

async fn serve(socket: TcpStream) -> Result<()> {
    let (read, mut out) = socket.into_split();
    let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(MAX));
    let ending = loop {
        match lines.next().await {
            Some(Ok(line)) => {
                out.write_all(report::frame(line.as_bytes()).as_bytes())
                    .await?
            }
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => break "oversize",
            Some(Err(LinesCodecError::Io(_))) => break "error",
            None => break "clean",
        }
    };
    report::end(out, lines.into_inner(), ending).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if report::framing() != r"delimited:\n,strip=\r,tail=frame,max=1000,charset=utf-8" {
        report::not_ours();
    }
    report::listen(serve).await
}
