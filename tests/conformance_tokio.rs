//! The codecs of tokio-util under the framings that they implement. How they deviate is written down, each time with the reason; what
//! is not can be told apart from it.

use framecheck::conformance::{Check, Subject, framed, framed_with};
use framecheck::framing::{Ending, Framing};
use framecheck::suite::{Kind, Stream};
use tokio_util::codec::length_delimited::Builder;
use tokio_util::codec::{
    AnyDelimiterCodec, AnyDelimiterCodecError, BytesCodec, LengthDelimitedCodec, LinesCodec,
    LinesCodecError,
};

fn framing(text: &str) -> Framing {
    text.parse().unwrap_or_else(|bad| panic!("{bad}"))
}

/// What is found in a codec, of which nothing is known.
fn found<S: Subject>(text: &str, make: impl FnMut() -> S) -> (Option<Kind>, Vec<Vec<u8>>) {
    let framing = framing(text);
    let failure = Check::new(&framing).find(make).expect_err("a deviation");
    let pieces = failure.pieces();
    (
        failure.kind(),
        pieces.into_iter().map(<[u8]>::to_vec).collect(),
    )
}

/// A framing, the bytes of a header, and what makes the codec so.
type Configuration = (&'static str, usize, fn(&mut Builder) -> &mut Builder);

const LENGTHS: &[Configuration] = &[
    ("prefixed:u32be,max=8MiB", 4, |builder| builder),
    ("prefixed:u8", 1, |builder| {
        builder.length_field_type::<u8>()
    }),
    ("prefixed:u16le,max=64KiB", 2, |builder| {
        builder.length_field_type::<u16>().little_endian()
    }),
    ("prefixed:u24be,max=64KiB", 3, |builder| {
        builder.length_field_length(3).max_frame_length(64 << 10)
    }),
    ("prefixed:u64be,max=64KiB", 8, |builder| {
        builder.length_field_length(8).max_frame_length(64 << 10)
    }),
    ("prefixed:u32be,adjust=-4,max=65532", 4, |builder| {
        builder.length_adjustment(-4).max_frame_length(64 << 10)
    }),
    ("prefixed:u16be,adjust=+2,max=1002", 2, |builder| {
        builder
            .length_field_type::<u16>()
            .length_adjustment(2)
            .max_frame_length(1000)
    }),
    ("prefixed:u16be,offset=1,max=1000", 3, |builder| {
        builder
            .length_field_type::<u16>()
            .length_field_offset(1)
            .max_frame_length(1000)
    }),
];

/// The header is out of the buffer, and `decode_eof` only asks whether that is empty.
#[test]
fn length_delimited_codec_deviates_at_an_end_right_behind_a_header_and_nowhere_else() {
    for (text, header, build) in LENGTHS {
        let make = || framed(build(&mut LengthDelimitedCodec::builder()).new_codec());
        let (kind, pieces) = found(text, make);
        assert_eq!(kind, Some(Kind::AcceptedTruncated), "{text}");
        assert_eq!(pieces.concat().len(), *header, "{text}: {pieces:?}");

        let known = match header {
            1 => behind_header::<1>,
            2 => behind_header::<2>,
            3 => behind_header::<3>,
            4 => behind_header::<4>,
            _ => behind_header::<8>,
        };
        let framing = framing(text);
        let check = Check::new(&framing).known_where("an end right behind a header", known);
        println!("{text}: {:?}", check.run(make));
    }
}

fn behind_header<const HEADER: usize>(stream: &Stream, kind: Kind) -> bool {
    let left = match stream.ending {
        Ending::Truncated { from } => stream.wire.len() - from as usize,
        _ => 0,
    };
    kind == Kind::AcceptedTruncated && left == HEADER
}

/// `max_frame_length` is compared with what the field holds, before the adjustment.
#[test]
fn length_delimited_codec_limits_the_field_and_not_the_frame() {
    let make = |adjustment| {
        let mut builder = LengthDelimitedCodec::builder();
        builder.length_field_type::<u16>().max_frame_length(1000);
        framed(builder.length_adjustment(adjustment).new_codec())
    };
    for (text, adjustment, kind) in [
        (
            "prefixed:u16be,adjust=+2,max=1000",
            2,
            Kind::AcceptedOversize,
        ),
        ("prefixed:u16be,adjust=-2,max=1000", -2, Kind::RejectedValid),
    ] {
        let framing = framing(text);
        let check = Check::new(&framing).known("accepted-truncated", "an end behind a header");
        let failure = check.find(|| make(adjustment)).expect_err("a deviation");
        assert_eq!(failure.kind(), Some(kind), "{failure}");
    }
}

#[test]
fn lines_codec_deviates_at_a_last_cr_and_nowhere_else() {
    let text = "lines,charset=utf-8,max=none";
    let make = || framed(LinesCodec::new());
    assert_eq!(found(text, make), (Some(Kind::Lost), vec![b"\r".to_vec()]));
    Check::new(&framing(text))
        .known_where("a CR alone at the end is no line", |stream, kind| {
            kind == Kind::Lost && (stream.wire == b"\r" || stream.wire.ends_with(b"\n\r"))
        })
        .run(make);
}

/// Its limit counts the CR; a line that is over it is an error behind which it goes on.
#[test]
fn lines_codec_counts_the_cr_to_the_limit() {
    let text = "lines,charset=utf-8,max=5,oversize=discard";
    let make = || {
        let codec = LinesCodec::new_with_max_length(5);
        framed(codec)
            .going_on_after(|error| matches!(error, LinesCodecError::MaxLineLengthExceeded))
    };
    let (kind, pieces) = found(text, make);
    assert_eq!(kind, Some(Kind::Lost));
    let wire = pieces.concat();
    assert!(wire == b"\r" || wire.starts_with(b"aaaaa\r"), "{pieces:?}");
}

#[test]
fn lines_codec_takes_no_bytes_that_are_not_utf_8() {
    let (kind, pieces) = found("lines,max=none", || framed(LinesCodec::new()));
    assert_eq!(kind, Some(Kind::RejectedValid));
    assert!(std::str::from_utf8(&pieces.concat()).is_err());
}

#[test]
fn any_delimiter_codec_passes() {
    let bytes = |bytes: &[u8]| bytes.to_vec();
    Check::new(&framing(r"delimited:\n|\r,tail=frame,max=none"))
        .run(|| framed(AnyDelimiterCodec::new(bytes(b"\r\n"), bytes(b"\n"))));
    Check::new(&framing(r"delimited:\,|;,tail=frame,max=100")).run(|| {
        framed(AnyDelimiterCodec::new_with_max_length(
            bytes(b",;"),
            bytes(b","),
            100,
        ))
    });
    Check::new(&framing(r"delimited:\n,tail=frame,max=5,oversize=discard")).run(|| {
        let codec = AnyDelimiterCodec::new_with_max_length(bytes(b"\n"), bytes(b"\n"), 5);
        framed(codec)
            .going_on_after(|error| matches!(error, AnyDelimiterCodecError::MaxChunkLengthExceeded))
    });
}

/// What it gives out depends on the cuts: each read is an item.
#[test]
fn bytes_codec_frames_nothing() {
    let make = || framed_with(BytesCodec::new(), |item, out| out.payload(&item));
    let (kind, _) = found("eof,max=none", make);
    assert_eq!(
        kind,
        Some(Kind::Lost),
        "of a stream of no bytes it gives nothing"
    );
}
