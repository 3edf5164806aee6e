//! tokio-util's `LengthDelimitedCodec` under `FramedRead`, in several of its configurations.

use std::io::Result;

use framecheck_peers as report;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::codec::length_delimited::{Builder, LengthDelimitedCodecError};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

fn configuration() -> Builder {
    let mut builder = LengthDelimitedCodec::builder();
    match report::framing().as_str() {
        // The default, as the documentation's first example has it.
        "prefixed:u32be,max=8MiB" => &mut builder,
        "prefixed:u8,max=100" => builder.length_field_type::<u8>().max_frame_length(100),
        "prefixed:u16be,max=65535" => builder.length_field_type::<u16>(),
        "prefixed:u24be,max=64KiB" => builder.length_field_length(3).max_frame_length(64 << 10),
        "prefixed:u32le,max=64KiB" => builder.little_endian().max_frame_length(64 << 10),
        "prefixed:u64be,max=64KiB" => builder
            .length_field_type::<u64>()
            .max_frame_length(64 << 10),
        // The length counts its own two bytes; the limit is on the field, before it is adjusted.
        "prefixed:u16be,adjust=-2,max=998" => builder
            .length_field_type::<u16>()
            .length_adjustment(-2)
            .max_frame_length(1000),
        // A byte of flags before the length and a checksum of two bytes behind the payload that the length does not count.
        "prefixed:u24le,offset=1,adjust=+2,max=1002" => builder
            .length_field_offset(1)
            .length_field_length(3)
            .little_endian()
            .length_adjustment(2)
            .max_frame_length(1000),
        _ => report::not_ours(),
    };
    builder
}

async fn serve(socket: TcpStream, builder: Builder) -> Result<()> {
    let (read, mut out) = socket.into_split();
    let mut frames = builder.new_read(read);
    let ending = loop {
        match frames.next().await {
            Some(Ok(frame)) => out.write_all(report::frame(&frame).as_bytes()).await?,
            Some(Err(error)) => {
                let too_long = error
                    .get_ref()
                    .is_some_and(|inner| inner.is::<LengthDelimitedCodecError>());
                break if too_long { "oversize" } else { "error" };
            }
            None => break "clean",
        }
    };
    report::end(out, FramedRead::into_inner(frames), ending).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let builder = configuration();
    report::listen(|socket| serve(socket, builder)).await
}
