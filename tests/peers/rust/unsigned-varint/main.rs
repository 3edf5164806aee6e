//! unsigned-varint's `UviBytes`, the codec of multiformats and libp2p, under tokio-util's `FramedRead`.

use std::io::{ErrorKind, Result};

use bytes::Bytes;
use framecheck_peers as report;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::codec::FramedRead;
use unsigned_varint::codec::UviBytes;

const MAX: usize = 64 << 10;

async fn serve(socket: TcpStream) -> Result<()> {
    let (read, mut out) = socket.into_split();
    let mut codec = UviBytes::<Bytes>::default();
    codec.set_max_len(MAX);
    let mut frames = FramedRead::new(read, codec);
    let ending = loop {
        match frames.next().await {
            Some(Ok(frame)) => out.write_all(report::frame(&frame).as_bytes()).await?,
            // "len > max"
            Some(Err(error)) if error.kind() == ErrorKind::PermissionDenied => break "oversize",
            Some(Err(_)) => break "error",
            None => break "clean",
        }
    };
    report::end(out, frames.into_inner(), ending).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if report::framing() != "prefixed:varint,canonical=require,max=64KiB" {
        report::not_ours();
    }
    report::listen(serve).await
}
