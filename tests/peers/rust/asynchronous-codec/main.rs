//! asynchronous-codec's `LengthCodec` and `LinesCodec` under `Framed`: each frame is sent back.

use std::io::Result;

use asynchronous_codec::{Decoder, Encoder, Framed, LengthCodec, LinesCodec};
use framecheck_peers as report;
use futures::{SinkExt, TryStreamExt};
use tokio::net::TcpStream;
use tokio_util::compat::TokioAsyncReadCompatExt;

async fn serve<T, C>(socket: TcpStream, codec: C) -> Result<()>
where
    C: for<'a> Encoder<Item<'a> = T, Error = std::io::Error>,
    C: Decoder<Item = T, Error = std::io::Error>,
{
    let mut frames = Framed::new(socket.compat(), codec);
    while let Some(frame) = frames.try_next().await? {
        frames.send(frame).await?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match report::framing().as_str() {
        "prefixed:u64be,max=none" => report::listen(|socket| serve(socket, LengthCodec)).await,
        r"delimited:\n,max=none,charset=utf-8" => {
            report::listen(|socket| serve(socket, LinesCodec)).await
        }
        _ => report::not_ours(),
    }
}
