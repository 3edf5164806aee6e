//! tokio-util's `AnyDelimiterCodec` under `FramedRead`, with the delimiters of its documentation's example.

use std::io::Result;

use framecheck_peers as report;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, FramedRead};

const MAX: usize = 1000;

async fn serve(socket: TcpStream) -> Result<()> {
    let (read, mut out) = socket.into_split();
    let codec = AnyDelimiterCodec::new_with_max_length(b",;\r\n".to_vec(), b";".to_vec(), MAX);
    let mut chunks = FramedRead::new(read, codec);
    let ending = loop {
        match chunks.next().await {
            Some(Ok(chunk)) => out.write_all(report::frame(&chunk).as_bytes()).await?,
            Some(Err(AnyDelimiterCodecError::MaxChunkLengthExceeded)) => break "oversize",
            Some(Err(AnyDelimiterCodecError::Io(_))) => break "error",
            None => break "clean",
        }
    };
    report::end(out, chunks.into_inner(), ending).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if report::framing() != r"delimited:\,|;|\r|\n,tail=frame,max=1000" {
        report::not_ours();
    }
    report::listen(serve).await
}
