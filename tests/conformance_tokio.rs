//! The codecs of tokio-util under the framings that they implement; where they deviate, how is written down.

use framecheck::conformance::{Check, framed, framed_with};
use framecheck::framing::Framing;
use tokio_util::codec::{AnyDelimiterCodec, BytesCodec, LengthDelimitedCodec, LinesCodec};

fn probe<S: framecheck::conformance::Subject>(text: &str, make: impl FnMut() -> S) {
    let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
    match Check::new(&framing).find(make) {
        Ok(tally) => println!("OK {text}: {tally:?}"),
        Err(failure) => println!("FAIL {text}: {failure}"),
    }
}

#[test]
fn probes() {
    for text in ["prefixed:u32be,max=64KiB"] {
        probe(text, || framed(LengthDelimitedCodec::builder().max_frame_length(64 << 10).new_codec()));
    }
    probe("prefixed:u32be,max=8MiB", || framed(LengthDelimitedCodec::new()));
    probe("prefixed:u16le,max=64KiB", || framed(LengthDelimitedCodec::builder().little_endian().length_field_type::<u16>().new_codec()));
    probe("prefixed:u8", || framed(LengthDelimitedCodec::builder().length_field_type::<u8>().new_codec()));
    probe("prefixed:u24be,max=64KiB", || framed(LengthDelimitedCodec::builder().length_field_length(3).max_frame_length(64 << 10).new_codec()));
    probe("prefixed:u64be,max=64KiB", || framed(LengthDelimitedCodec::builder().length_field_length(8).max_frame_length(64 << 10).new_codec()));
    probe("prefixed:u32be,adjust=-4,max=65532", || framed(LengthDelimitedCodec::builder().length_adjustment(-4).max_frame_length(64 << 10).new_codec()));
    probe("prefixed:u32be,adjust=-4,max=64KiB", || framed(LengthDelimitedCodec::builder().length_adjustment(-4).max_frame_length(64 << 10).new_codec()));
    probe("prefixed:u16be,adjust=+2,max=1000", || framed(LengthDelimitedCodec::builder().length_field_type::<u16>().length_adjustment(2).max_frame_length(1000).new_codec()));
    probe("prefixed:u16be,offset=1,max=1000", || framed(LengthDelimitedCodec::builder().length_field_offset(1).length_field_type::<u16>().max_frame_length(1000).new_codec()));
    probe("prefixed:u32be,offset=1,max=64KiB", || framed(LengthDelimitedCodec::builder().length_field_offset(1).max_frame_length(64 << 10).new_codec()));
    probe("lines,charset=utf-8,max=none", || framed(LinesCodec::new()));
    probe("lines,max=none", || framed(LinesCodec::new()));
    probe("lines,charset=utf-8,max=100", || framed(LinesCodec::new_with_max_length(100)));
    probe("lines,charset=utf-8,max=100,oversize=discard", || {
        framed(LinesCodec::new_with_max_length(100)).going_on_after(|error| matches!(error, tokio_util::codec::LinesCodecError::MaxLineLengthExceeded))
    });
    probe(r"delimited:\n,tail=frame,max=none", || framed(AnyDelimiterCodec::new(b"\n".to_vec(), b"\n".to_vec())));
    probe(r"delimited:\n|\r,tail=frame,max=none", || framed(AnyDelimiterCodec::new(b"\r\n".to_vec(), b"\n".to_vec())));
    probe(r"delimited:\n|\r,tail=frame,max=100", || framed(AnyDelimiterCodec::new_with_max_length(b"\r\n".to_vec(), b"\n".to_vec(), 100)));
    probe(r"delimited:\n,max=100,tail=frame,oversize=discard", || framed(AnyDelimiterCodec::new_with_max_length(b"\n".to_vec(), b"\n".to_vec(), 100)).going_on_after(|error| matches!(error, tokio_util::codec::AnyDelimiterCodecError::MaxChunkLengthExceeded)));
    probe("eof,max=none", || framed_with(BytesCodec::new(), |item, out| out.payload(&item)));
}
