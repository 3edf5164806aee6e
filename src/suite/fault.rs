//! The catalogue of faults: deliberate defects, each modelled on one that was met in a real implementation, to prove that the suite sees it.
//!
//! A [`Flaw`] names a fault in the code of the faulty servers (`run::faulty`), a [`Fault`] is its row here: what it is called, which defect
//! classes of `docs/defects.md` it belongs to, where such a one was seen, and where it can show itself. Invariant: no two have the same name.

use super::Observer;

/// One deliberate defect.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What `serve --fault` calls it.
    pub name: &'static str,
    /// How the faulty servers know it.
    pub flaw: Flaw,
    /// The defect classes that it belongs to, the first foremost.
    pub classes: &'static [u8],
    /// What goes wrong, in one sentence.
    pub what: &'static str,
    /// The real instance: `owner/repository#number` on GitHub, or an address.
    pub seen: &'static str,
    /// Framings under which it can show itself.
    pub framings: &'static [&'static str],
    /// Observers with which it can show itself.
    pub observers: &'static [Observer],
}

/// Every fault, in the order of the patterns and classes.
#[must_use]
pub fn faults() -> &'static [Fault] {
    FAULTS
}

/// The fault of this name.
#[must_use]
pub fn fault(name: &str) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| fault.name == name)
}

/// Both observers that a server needs nothing but a socket for.
const BOTH: &[Observer] = &[Observer::Echo, Observer::Report];
/// What only a report shows: how the stream ended.
const REPORT: &[Observer] = &[Observer::Report];

macro_rules! faults {
    ($($flaw:ident = $name:literal, $classes:expr, $seen:literal, $framings:expr, $observers:expr, $what:literal;)+) => {
        /// A fault, as the code of the faulty servers names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Flaw {
            $(#[doc = $what] $flaw,)+
        }

        const FAULTS: &[Fault] = &[$(Fault {
            name: $name,
            flaw: Flaw::$flaw,
            classes: &$classes,
            what: $what,
            seen: $seen,
            framings: &$framings,
            observers: $observers,
        },)+];
    };
}

faults! {
    // Lengths of a fixed width.
    HeaderForgotten = "header-forgotten", [1], "vectordotdev/vector#26169", ["prefixed:u32be", "prefixed:u16le"], BOTH,
        "The length is taken out of the buffer before the body is there and forgotten, so that body bytes are read as the next length.";
    HeaderPartial = "header-partial", [2], "solidjs/solid-start#2298", ["prefixed:u32be", "prefixed:u16be"], BOTH,
        "Any byte in the buffer is enough to read the length: what has not come of it yet is taken for zeros.";
    HeaderOfThisRead = "header-of-this-read", [3], "kappa-db/multifeed#7", ["prefixed:u32be", "postgres"], BOTH,
        "A length that was cut is read out of the newest bytes in place of all that were gathered.";
    LengthNarrowed = "length-narrowed", [9], "grafana/loki#22864", ["prefixed:u32be", "prefixed:u32le"], BOTH,
        "The length goes through 16 bits, and 65536 becomes 0.";
    LengthSigned = "length-signed", [10], "akka/akka-core#22367", ["prefixed:u32be", "kafka", "dns"], BOTH,
        "The length is read as a signed number, which is below every limit when it is negative, and gives an empty frame.";
    LengthBytesSigned = "length-bytes-signed", [10, 9], "apache/dubbo#16448", ["prefixed:u32be", "prefixed:u16le"], BOTH,
        "The bytes of the length are signed when they are put together, so that lengths with a byte above 127 come out negative.";
    FrameSizeWraps = "frame-size-wraps", [11], "apple/swift-nio-extras#115", ["prefixed:u32be,max=none", "prefixed:u32le,max=none"], BOTH,
        "The sum of header and length is kept in 32 bits and wraps to a frame that is there already.";
    LengthByteOrder = "length-byte-order", [12], "netty/netty#5154", ["prefixed:u16be", "prefixed:u32le"], BOTH,
        "The bytes of the length are put together in the other order.";
    HeaderCounted = "header-counted", [13], "smallnest/goframe#1", ["prefixed:u32be", "http2"], BOTH,
        "The length is taken to count its own bytes.";
    AdjustForgotten = "adjust-forgotten", [13], "yamcs/yamcs#1125", ["postgres", "mysql"], BOTH,
        "The length is taken for the bytes that follow, though it counts others as well or leaves some out.";
    AdjustTwice = "adjust-twice", [13], "tokio-rs/tokio#6604", ["postgres", "http2"], BOTH,
        "The adjustment of the length is applied where it is read and where it is used.";
    LimitBeforeAdjust = "limit-before-adjust", [14], "tokio-rs/tokio#4815", ["bgp", "tpkt"], BOTH,
        "The limit is compared with the number on the wire, before its adjustment.";
    LimitRefusesItself = "limit-refuses-itself", [14], "icerpc/icerpc-csharp#4436", ["prefixed:u32be", "tls"], BOTH,
        "A payload as long as the limit is refused.";
    LimitCountsHeader = "limit-counts-header", [14, 43], "tokio-rs/tokio#4815", ["prefixed:u32be", "amqp"], BOTH,
        "The limit on the payload is compared with header and payload together.";
    LimitMissing = "limit-missing", [15], "stratum-mining/stratum#2327", ["prefixed:u32be", "tls"], BOTH,
        "No announced length is too long.";
    AnnouncedAllocated = "announced-allocated", [15], "Monkopedia/ksrpc#254", ["prefixed:u32be,max=none", "erlang-packet-4"], BOTH,
        "The memory for a payload is taken when its length has been read.";
    FullLengthAgain = "full-length-again", [16], "apache/pulsar-client-go#163", ["prefixed:u32be", "dns"], BOTH,
        "After a short read the whole length is awaited again in place of the rest.";
    EmptyFrameDropped = "empty-frame-dropped", [17], "BallAerospace/COSMOS#1063", ["prefixed:u32be", "grpc"], BOTH,
        "A frame without payload is not delivered.";
    EmptyFrameWaits = "empty-frame-waits", [17, 64], "apple/servicetalk#730", ["prefixed:u32be", "prefixed:u8"], BOTH,
        "A frame without payload waits until more bytes come, because the buffer behind its header is empty.";
    EmptyFrameEnds = "empty-frame-ends", [17], "apple/servicetalk#730", ["prefixed:u32be", "postgres"], BOTH,
        "A length of zero is taken for the end of the stream.";
    EmptyFrameLeavesTrailer = "empty-frame-leaves-trailer", [17, 18], "ArcadeData/arcadedb#5911", ["amqp", r"prefixed:u8,trailer=\r\n"], BOTH,
        "Behind a frame without payload the trailer is not taken, and read as the next header.";
    TrailerUnchecked = "trailer-unchecked", [23], "graygnuorg/pound#43", ["amqp"], BOTH,
        "Whatever stands behind the payload is taken for its trailer.";
    TrailerNotAwaited = "trailer-not-awaited", [25], "NetGauze/NetGauze#597", ["amqp"], BOTH,
        "A payload is delivered without its trailer, which is passed over only if it is there already.";
    FullReadReadsOn = "full-read-reads-on", [26], "http-rs/async-h1#195", ["prefixed:u32be"], BOTH,
        "A read that fills the read buffer is followed by another before anything is decoded.";
    ByteBehindAwaited = "byte-behind-awaited", [26], "http-rs/async-h1#195", ["prefixed:u32be", "prefixed:u8"], BOTH,
        "A frame that ends where the bytes so far end is not delivered before there are more.";
    ShortReadTaken = "short-read-taken", [46], "rtician/routeros#4", ["prefixed:u32be"], BOTH,
        "The body is read with one recv, and what that returns is taken for all of it.";
    BegunFrameDropped = "begun-frame-dropped", [46, 47], "haskell-tls/hs-tls#503", ["prefixed:u32be", "dns"], BOTH,
        "What is left behind the last whole frame of a read, the beginning of a header, is thrown away.";
    FirstOfReadOnly = "first-of-read-only", [47], "anmonteiro/httpun-ws#21", ["prefixed:u32be", "kafka"], BOTH,
        "Of several frames in one read the first is handled, and the others are lost.";
    OneFrameEachRead = "one-frame-each-read", [47, 64], "redis/hiredis#85", ["prefixed:u32be", "prefixed:u16be"], BOTH,
        "Each read gives one frame at the most, so that the others of one read are late.";
    EndInFrameUnsaid = "end-in-frame-unsaid", [49], "grpc/grpc-java#3264", ["prefixed:u32be"], REPORT,
        "A stream that ends inside a frame ends the connection without a word.";
    EndAlwaysClean = "end-always-clean", [49], "apache/arrow-go#991", ["prefixed:u32be", "grpc"], REPORT,
        "Every end of the stream is a good one.";
    EndBehindHeaderClean = "end-behind-header-clean", [49], "apache/arrow-go#991", ["prefixed:u32be", "dns"], REPORT,
        "A stream that ends right behind a length is taken for a good one, since the buffer is empty.";
    EndInHeaderClean = "end-in-header-clean", [49], "grpc/grpc-java#3264", ["prefixed:u32be", "postgres"], REPORT,
        "A stream that ends inside a header is taken for a good one, since no frame has begun.";
    EndDeliversWhatIsThere = "end-delivers-what-is-there", [50], "eGovFramework/egovframe-runtime#274", ["prefixed:u32be", "mongodb"], BOTH,
        "The part of a payload that has come before the end of the stream is delivered as a frame.";
    EndFillsUp = "end-fills-up", [50], "eGovFramework/egovframe-runtime#274", ["prefixed:u32be", "prefixed:u16be"], BOTH,
        "A payload that the end of the stream cuts off is filled up with zeros and delivered.";
    EndRepeatsLast = "end-repeats-last", [50, 53], "eGovFramework/egovframe-runtime#274", ["prefixed:u32be", "prefixed:u8"], BOTH,
        "A payload that the end of the stream cuts off is delivered with the bytes of the frame before it behind.";
    PayloadOverwritten = "payload-overwritten", [53], "cereal2nd/velbus-aio#189", ["prefixed:u32be", "grpc"], BOTH,
        "The beginning of a frame stays in the read buffer, where the next read overwrites it.";
    OverlongHeaderDropped = "overlong-header-dropped", [58], "debevv/nanoMODBUS#67", ["prefixed:u32be", "tls"], BOTH,
        "Of a frame over the limit only the header is dropped, and its payload is read as frames.";
    DiscardParsesOn = "discard-parses-on", [58, 42], "kaeawc/auto-mobile#4225", ["prefixed:u32be,max=3,oversize=discard"], BOTH,
        "A frame to be discarded loses its header, and its payload is read as frames.";
    DiscardForgetsTheRest = "discard-forgets-the-rest", [58, 42], "debevv/nanoMODBUS#67", ["prefixed:u32be,max=3,oversize=discard"], BOTH,
        "Of a frame to be discarded only what has come already is dropped, and the rest is read as frames.";

    // Varints.
    VarintPartialTaken = "varint-partial-taken", [4], "libp2p/py-libp2p#1440", ["protobuf", "mqtt"], BOTH,
        "A varint that is cut is taken for the value of the bytes that have come.";
    VarintPartialRefused = "varint-partial-refused", [5], "mqttjs/MQTT.js#10", ["protobuf", "mqtt"], BOTH,
        "A varint that is cut is malformed.";
    TypeByteAloneRefused = "type-byte-alone-refused", [5], "mqttjs/MQTT.js#10", ["mqtt"], BOTH,
        "A read that ends behind the type byte, before the length, is malformed.";
    VarintRestarted = "varint-restarted", [6], "warmcat/libwebsockets#3522", ["protobuf", "mqtt"], BOTH,
        "Each read begins a varint anew, and what came of it before is forgotten.";
    VarintOneByte = "varint-one-byte", [6], "MaJerle/lwesp#47", ["protobuf", "mqtt"], BOTH,
        "The first byte is the length, which is right up to 127.";
    VarintOverlongTaken = "varint-overlong-taken", [7], "libp2p/py-libp2p#1440", ["prefixed:varint", "protobuf"], BOTH,
        "A varint goes on for as many bytes as say so, and bits above the 64th are lost.";
    VarintStopsAtFive = "varint-stops-at-five", [7], "TinyVG/specification#27", ["prefixed:varint", "protobuf"], BOTH,
        "Reading stops after five bytes, whether the varint has ended or not, and its others are read as payload.";
    VarintSizeComputed = "varint-size-computed", [8], "multiformats/js-multiformats#343", ["prefixed:varint", "protobuf"], BOTH,
        "How many bytes the varint had is computed from its value, which is too few where it was not the shortest.";
    VarintNonMinimalTaken = "varint-non-minimal-taken", [8], "btcsuite/btcd#507", ["mqtt", "prefixed:varint,canonical=require"], BOTH,
        "A varint longer than it needs to be is accepted where only the shortest is allowed.";
    VarintNarrowed = "varint-narrowed", [9], "dermesser/integer-encoding-rs#9", ["prefixed:varint", "protobuf"], BOTH,
        "A length over 32 bits loses what is above them.";
    VarintHighBitsDropped = "varint-high-bits-dropped", [9, 7], "libp2p/py-libp2p#1458", ["prefixed:varint", "protobuf"], BOTH,
        "The bits of the tenth byte above the 64th are shifted out, and what is left is a length.";
    VarintSigned = "varint-signed", [10], "logstash-plugins/logstash-input-beats#99", ["prefixed:varint", "protobuf"], BOTH,
        "The value goes into a signed number of 32 bits, and a negative one gives an empty frame.";
    VarintGroupsSwapped = "varint-groups-swapped", [12], "akka/akka-core#19064", ["protobuf", "mqtt"], BOTH,
        "The first group of a varint is taken for the highest.";
    VarintZeroEnds = "varint-zero-ends", [17], "apple/servicetalk#730", ["protobuf", "mqtt"], BOTH,
        "A length of zero is taken for the end of the stream.";
    VarintZeroDropped = "varint-zero-dropped", [17], "BallAerospace/COSMOS#1063", ["protobuf", "mqtt"], BOTH,
        "A message without payload is not delivered.";
    VarintShortReadTaken = "varint-short-read-taken", [46], "haskell-tls/hs-tls#503", ["protobuf", "mqtt"], BOTH,
        "What one read returns of the payload is taken for all of it.";
    VarintReaderForEachFrame = "varint-reader-for-each-frame", [47, 55], "libp2p/rust-libp2p#31", ["protobuf", "mqtt"], BOTH,
        "Each frame is read with a buffered reader of its own, and what that has read ahead is lost.";
    VarintEndInsideClean = "varint-end-inside-clean", [49], "grpc/grpc-java#3264", ["protobuf", "prefixed:varint"], REPORT,
        "A stream that ends inside a varint is taken for a good one.";

    // Digits.
    EmptyStringLeavesTrailer = "empty-string-leaves-trailer", [17], "apple/swift-nio-http2#51", ["netstring", "resp-bulk"], BOTH,
        "Behind an empty payload nothing is read, and its trailer stays for the next length.";
    MinusOneIsNull = "minus-one-is-null", [18, 10], "ArcadeData/arcadedb#5911", ["resp-bulk", "netstring"], BOTH,
        "A length of -1 is a null that is passed over, where the framing has none.";
    PlusTaken = "plus-taken", [19], "apache/trafficserver#10580", ["resp-bulk", "http-chunked", "prefixed:field"], BOTH,
        "A plus sign may stand before a number.";
    SpacesTaken = "spaces-taken", [19], "h2o/picohttpparser#78", ["prefixed:decimal,end=:"], BOTH,
        "White space around a number is passed over.";
    HexPrefixTaken = "hex-prefix-taken", [19], "openwrt/uhttpd#3", ["http-chunked", "git-pkt", r"prefixed:hex,end=\n"], BOTH,
        "A hexadecimal number may begin with 0x.";
    UnderscoreTaken = "underscore-taken", [19], "apache/trafficserver#10580", ["prefixed:decimal,end=:", "http-chunked"], BOTH,
        "Underscores may stand between digits.";
    JunkBehindDigits = "junk-behind-digits", [19], "openwrt/uhttpd#3", ["prefixed:decimal,end=:", "http-chunked", "prefixed:field"], BOTH,
        "A number ends at the first byte that is no digit, whatever stands up to its terminator.";
    OtherDigitsTaken = "other-digits-taken", [19], "apache/trafficserver#10580", ["prefixed:decimal,end=:", "http-chunked"], BOTH,
        "Digits of other scripts are digits.";
    EmptyNumberZero = "empty-number-zero", [20], "cesanta/mongoose#2552", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "A number without digits is zero.";
    BadNumberZero = "bad-number-zero", [20], "cesanta/mongoose#2552", ["http-chunked", r"prefixed:hex,end=\n"], BOTH,
        "A number that cannot be parsed is zero, which in a series of blocks is its end.";
    NumberWraps32 = "number-wraps-32", [21], "nurl-lang/nurl#91", ["prefixed:decimal,end=:", "resp-bulk"], BOTH,
        "A number over 32 bits wraps to something small.";
    NumberWraps64 = "number-wraps-64", [21], "nurl-lang/nurl#91", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "A number over 64 bits wraps to something small.";
    LeadingZerosTaken = "leading-zeros-taken", [22], "arjantop/rust-bencode#41", ["netstring", "resp-bulk"], BOTH,
        "Leading zeros are accepted where the framing has none.";
    LeadingZeroOctal = "leading-zero-octal", [22], "arjantop/rust-bencode#41", ["prefixed:decimal,end=:,zeros=accept", "prefixed:field"], BOTH,
        "A number that begins with a zero is octal.";
    DigitsLimited = "digits-limited", [22], "arjantop/rust-bencode#41", ["http-chunked"], BOTH,
        "A number of more than eight digits is refused, though they may be leading zeros.";
    NumberBareLineFeed = "number-bare-line-feed", [23], "yhirose/cpp-httplib#2585", ["resp-bulk"], BOTH,
        "A line feed alone ends a number as CR LF does.";
    NumberEndHalfChecked = "number-end-half-checked", [23], "graygnuorg/pound#43", ["resp-bulk", r"prefixed:hex,end=\r\n"], BOTH,
        "Behind the CR that ends a number one byte is passed over, whatever it is.";
    TrailerBareLineFeed = "trailer-bare-line-feed", [23], "yhirose/cpp-httplib#2585", ["resp-bulk", "http-chunked"], BOTH,
        "A line feed alone is a good trailer where CR LF must be.";
    CountedTrailerUnchecked = "counted-trailer-unchecked", [23], "graygnuorg/pound#43", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "As many bytes as the trailer has are passed over behind a payload, whatever they are.";
    NumberCutRefused = "number-cut-refused", [24, 46], "luvit/luvit#1052", ["netstring", "syslog-octet", "git-pkt"], BOTH,
        "A number that does not come in one read is refused.";
    NumberEndCutRefused = "number-end-cut-refused", [24], "benoitc/hackney#912", ["resp-bulk", r"blocks:hex,end=\r\n,trailer=\r\n"], BOTH,
        "A read that ends between the CR and the LF behind a number makes it malformed.";
    NumberEndCutTaken = "number-end-cut-taken", [24], "http-kit/http-kit#360", ["resp-bulk", r"blocks:hex,end=\r\n,trailer=\r\n"], BOTH,
        "A read that ends between the CR and the LF behind a number ends it, and the LF is read as payload.";
    CountedTrailerLeft = "counted-trailer-left", [25], "benoitc/http-parser#67", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "A trailer that has not come with the payload is not awaited, and is read as the next length.";
    CountedTrailerAloneRefused = "counted-trailer-alone-refused", [25, 26], "circonus-labs/libmtev#519", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "A payload that ends where a read does is refused, since its trailer is not there.";
    LimitCountsTrailer = "limit-counts-trailer", [29], "icerpc/icerpc-csharp#4436", ["netstring", "http-chunked"], BOTH,
        "The trailer is counted against the limit on the payload.";
    CharactersCounted = "characters-counted", [30], "openlawlibrary/pygls#604", ["lsp", "netstring", "resp-bulk"], BOTH,
        "The length is taken for a number of characters in UTF-8.";
    BodyScanned = "body-scanned", [32], "zio/zio-redis#630", ["netstring", "resp-bulk", "http-chunked"], BOTH,
        "The payload is read up to the next trailer, whatever its length was.";
    CountedShortReadTaken = "counted-short-read-taken", [46], "rtician/routeros#4", ["netstring", "lsp", "syslog-octet"], BOTH,
        "What one read returns of the payload is taken for all of it.";
    CountedReaderForEachFrame = "counted-reader-for-each-frame", [47, 55], "libp2p/rust-libp2p#31", ["netstring", "lsp"], BOTH,
        "Each frame is read with a buffered reader of its own, and what that has read ahead is lost.";
    EndInNumberClean = "end-in-number-clean", [49], "grpc/grpc-java#3264", ["netstring", "resp-bulk", "git-pkt"], REPORT,
        "A stream that ends inside a number is taken for a good one.";

    // Header fields.
    FieldCaseCounts = "field-case-counts", [31], "modelcontextprotocol/go-sdk#787", ["lsp"], BOTH,
        "The name of the length's field is compared byte by byte.";
    FieldFirstLineOnly = "field-first-line-only", [31], "vlang/vls#411", ["lsp"], BOTH,
        "The length must stand in the first line of a header.";
    FieldEndsBlock = "field-ends-block", [31, 46], "vlang/vls#411", ["lsp"], BOTH,
        "The line behind the length is taken for the empty line, and other fields for payload.";
    FieldLastWins = "field-last-wins", [31], "modelcontextprotocol/go-sdk#787", ["lsp", "prefixed:field"], BOTH,
        "Of two lengths in one header the last counts.";
    FieldNameContained = "field-name-contained", [31], "vlang/vls#411", ["lsp"], BOTH,
        "Every field whose name contains that of the length is taken for it.";
    FieldNameTrimmed = "field-name-trimmed", [31, 19], "apache/trafficserver#10580", ["lsp"], BOTH,
        "White space before the colon of a field is passed over.";
    LineBareLineFeed = "line-bare-line-feed", [23], "yhirose/cpp-httplib#2585", ["lsp", "http-chunked"], BOTH,
        "A line feed alone ends a line.";
    LineEndCutRefused = "line-end-cut-refused", [24], "heroku/vegur#82", ["lsp", "http-chunked"], BOTH,
        "A read that ends between the CR and the LF of a line makes it malformed.";
    LineEndCutTaken = "line-end-cut-taken", [24], "http-kit/http-kit#360", ["lsp", "http-chunked"], BOTH,
        "A read that ends between the CR and the LF of a line ends it, and the LF begins the next.";
    HeaderBlockOneRead = "header-block-one-read", [46, 24], "microsoft/PTVS#2402", ["lsp"], BOTH,
        "A header must come in one read.";
    FieldMissingZero = "field-missing-zero", [20], "cesanta/mongoose#2552", ["lsp"], BOTH,
        "A header without a length has the length zero.";
    FieldNegativeEmpty = "field-negative-empty", [10, 19], "logstash-plugins/logstash-input-beats#99", ["lsp"], BOTH,
        "A negative length is an empty payload.";
    BlankLinesSkipped = "blank-lines-skipped", [27, 58], "warmcat/libwebsockets#3094", ["lsp"], BOTH,
        "Empty lines before a header are passed over.";
    BadFieldLineSkipped = "bad-field-line-skipped", [58, 31], "kaeawc/auto-mobile#4225", ["lsp"], BOTH,
        "Lines of a header that are no fields are passed over until one is.";
    EndInHeaderBlockClean = "end-in-header-block-clean", [49], "grpc/grpc-java#3264", ["lsp"], REPORT,
        "A stream that ends inside a header is taken for a good one.";

    // Blocks.
    BlockSizePartial = "block-size-partial", [2], "javaee/grizzly#868", ["blocks:u32be"], BOTH,
        "What one read returns of a size is filled up with zeros.";
    BlockSizeNarrowed = "block-size-narrowed", [9, 21], "grafana/loki#22864", ["blocks:u32be"], BOTH,
        "The size goes through 16 bits, and a block of 65536 bytes is the end of the series.";
    BlockSizeSigned = "block-size-signed", [10], "akka/akka-core#22367", ["blocks:u32be"], BOTH,
        "The size is read as a signed number, and a negative one is the end of the series.";
    BlockSizeByteOrder = "block-size-byte-order", [12], "netty/netty#5154", ["blocks:u32be"], BOTH,
        "The bytes of the size are put together in the other order.";
    FlushAdjusted = "flush-adjusted", [13, 17], "tokio-rs/tokio#6604", ["git-pkt"], BOTH,
        "The size that ends a series is adjusted as those of blocks are, and comes out negative.";
    EmptyBlockEnds = "empty-block-ends", [17], "apple/swift-nio-http2#51", ["git-pkt"], BOTH,
        "A block without payload is taken for the end of the series.";
    LastSizeCompared = "last-size-compared", [22, 17], "apache/trafficserver#10580", ["http-chunked"], BOTH,
        "Only the digit 0 alone ends a series, and several zeros are a chunk of nothing.";
    ExtensionBareLineFeed = "extension-bare-line-feed", [23], "https://nvd.nist.gov/vuln/detail/CVE-2025-22871", ["http-chunked"], BOTH,
        "A line feed alone ends a size line that has an extension.";
    ExtensionRefused = "extension-refused", [19], "h2o/picohttpparser#78", ["http-chunked"], BOTH,
        "Nothing but CR LF may stand behind a size.";
    ExtensionUnchecked = "extension-unchecked", [19], "apache/trafficserver#10580", ["http-chunked"], BOTH,
        "Whatever stands behind the size in its line is passed over.";
    BufferEndStops = "buffer-end-stops", [26], "http-rs/async-h1#195", ["http-chunked"], BOTH,
        "A chunk that ends exactly where a full read buffer does ends the decoder.";
    BlockPiecesDelivered = "block-pieces-delivered", [46], "warmcat/libwebsockets#3094", ["blocks:u32be", "blocks:u8"], BOTH,
        "Each part of a block that a read returns is delivered as a block.";
    LastTrailerLeft = "last-trailer-left", [27], "http4s/http4s#3602", ["http-chunked"], BOTH,
        "What stands behind the last chunk's size is left to the next series.";
    LastTrailerAloneLeft = "last-trailer-alone-left", [25, 27], "benoitc/http-parser#67", ["http-chunked"], BOTH,
        "The end of the last chunk is left to the next series when it has not come with the size.";
    LastTrailerAloneRefused = "last-trailer-alone-refused", [25], "cosimo/perl6-lwp-simple#29", ["http-chunked"], BOTH,
        "The end of the last chunk must come with its size.";
    LastTrailerAloneWaits = "last-trailer-alone-waits", [25, 64], "NetGauze/NetGauze#597", ["http-chunked"], BOTH,
        "A last chunk whose end comes alone is not seen before more bytes have come.";
    TrailerFieldsRefused = "trailer-fields-refused", [27], "xroche/httrack#855", ["http-chunked"], BOTH,
        "Fields behind the last chunk are refused.";
    TrailerFieldsLeft = "trailer-fields-left", [27], "oven-sh/bun#32887", ["http-chunked"], BOTH,
        "One line is read behind the last chunk, and what follows a field is left to the next series.";
    SecondSeriesUnread = "second-series-unread", [27, 47], "http4s/http4s#3602", ["blocks:u32be", "http-chunked"], BOTH,
        "Nothing is read behind the first series.";
    ReaderForEachSeries = "reader-for-each-series", [27, 55], "libp2p/rust-libp2p#31", ["blocks:u32be", "git-pkt"], BOTH,
        "Each series is read with a buffered reader of its own, and what that has read ahead is lost.";
    EndBetweenBlocksDone = "end-between-blocks-done", [28], "nodejs/undici#5273", ["blocks:u32be", "http-chunked"], BOTH,
        "A stream that ends between two blocks ends the series.";
    EndInBlockDone = "end-in-block-done", [28], "ioflo/hio#184", ["http-chunked"], BOTH,
        "A stream that ends behind the payload of a block ends the series.";
    EndBeforeLastTrailerDone = "end-before-last-trailer-done", [28, 25], "oven-sh/bun#36068", ["http-chunked"], BOTH,
        "A stream that ends behind the last chunk's size ends the series.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::framing::Framing;
    use crate::suite::LAST_CLASS;

    #[test]
    fn every_row_is_whole_and_no_two_have_the_same_name() {
        let mut names = HashSet::new();
        for fault in faults() {
            let name = fault.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(
                fault.what.ends_with('.') && !fault.seen.is_empty(),
                "{name}"
            );
            assert!(
                !fault.classes.is_empty()
                    && fault
                        .classes
                        .iter()
                        .all(|class| (1..=LAST_CLASS).contains(class)),
                "{name}"
            );
            assert!(
                !fault.framings.is_empty() && !fault.observers.is_empty(),
                "{name}"
            );
            for text in fault.framings {
                assert!(text.parse::<Framing>().is_ok(), "{name}: {text}");
            }
        }
    }
}
