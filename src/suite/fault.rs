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

impl Fault {
    /// Whether it shows in what the server uses, rather than in what it says: memory, time, a loop, what stays of connections.
    #[must_use]
    pub fn is_of_resources(&self) -> bool {
        const OF_RESOURCES: [u8; 4] = [15, 51, 59, 60];
        OF_RESOURCES.contains(&self.classes[0])
    }
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
    AnnouncedAllocated = "announced-allocated", [15], "Monkopedia/ksrpc#254", ["prefixed:u32be,max=none", "prefixed:u32le,max=none"], BOTH,
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
    MinusOneIsNull = "minus-one-is-null", [18, 10], "ArcadeData/arcadedb#5911", ["netstring", "prefixed:decimal,end=:"], BOTH,
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

    // Delimiters.
    ReadEndDecides = "read-end-decides", [33], "ChatGPTBox-dev/chatGPTBox#1036", ["telnet-lines", "delimited:END|ENDING"], BOTH,
        "A delimiter that begins another counts at once when a read ends behind it, so that `\\r\\n` cut in two gives an extra empty line.";
    ShortestDelimiterFirst = "shortest-delimiter-first", [33], "michaelt/streaming-bytestring#9", ["telnet-lines", "delimited:;|;;"], BOTH,
        "Of the delimiters that begin at one place the shortest is taken, and what is left of the longer one is a line of its own.";
    DelimiterPerRead = "delimiter-per-read", [34], "klaemo/csv-stream#8", ["crlf", r"delimited:\r\n.\r\n"], BOTH,
        "A delimiter of several bytes is searched in each read only, and is missed where it was cut.";
    SearchResumesLate = "search-resumes-late", [35], "softwaremill/tapir#3227", [r"delimited:\r\r\n", "delimited:aab"], BOTH,
        "After the beginning of a delimiter that came to nothing the search goes on behind it, and not one byte further.";
    MismatchSwallowed = "mismatch-swallowed", [35], "http4s/http4s#1764", ["crlf", "delimited:aab"], BOTH,
        "The byte that does not fit the delimiter is not tried as its first byte, so that `\\r\\r\\n` is missed.";
    DelimiterScattered = "delimiter-scattered", [36], "serialport/node-serialport#582", ["crlf", "delimited:END"], BOTH,
        "The delimiter's bytes are counted, and the count is not taken back where another byte is between them.";
    SearchInsideDelimiter = "search-inside-delimiter", [37], "sems-server/sems#17", ["delimited:aa", "delimited:abab"], BOTH,
        "The search goes on inside the delimiter that was found, and finds one that overlaps it.";
    OneByteConsumed = "one-byte-consumed", [38], "tastypackets/x12-parser#31", ["crlf"], BOTH,
        "Only the first byte of the delimiter is taken off, and the rest begins the next line.";
    DelimiterStays = "delimiter-stays", [38], "denoland/std#3611", ["crlf"], BOTH,
        "What came of the delimiter in an earlier read stays at the end of the line.";
    StripMissesLastRead = "strip-misses-last-read", [38, 33], "denoland/std#3611", ["lines"], BOTH,
        "The carriage return before the newline is taken off only where both came in one read.";
    LoneCrTakesNext = "lone-cr-takes-next", [38], "denoland/std#3611", ["telnet-lines"], BOTH,
        "Behind a carriage return a newline is taken for granted, and whatever byte is there is lost.";
    ControlsEndLines = "controls-end-lines", [39], "z4r/python-rtkit#53", ["crlf"], BOTH,
        "Vertical tab, form feed and the file, group and record separators end a line too.";
    UnicodeEndsLines = "unicode-ends-lines", [39], "awslabs/gluonts#920", ["ndjson"], BOTH,
        "Next line and the line and paragraph separators of Unicode end a line too.";
    BareCrEndsLines = "bare-cr-ends-lines", [39], "gagolews/stringi#37", ["lines", r"delimited:\n"], BOTH,
        "A carriage return alone ends a line too.";
    BareLfEndsLines = "bare-lf-ends-lines", [39, 23], "emersion/go-smtp#246", ["crlf"], BOTH,
        "A newline alone ends a line where a carriage return must stand before it.";
    OversizeFloods = "oversize-floods", [41], "vectordotdev/vector#25657", [r"delimited:\n,max=5", "lines,max=5"], REPORT,
        "The error of an over-long line is not cleared, and is reported again and again.";
    DiscardNeverEnds = "discard-never-ends", [41], "rapid7/le#152", [r"delimited:\n,max=5,oversize=discard"], BOTH,
        "Once an over-long line is dropped, so is every line behind it.";
    LongLineTailDelivered = "long-line-tail-delivered", [42], "rsyslog/rsyslog#745", [r"delimited:\n,max=5,oversize=discard"], BOTH,
        "What is there of an over-long line is dropped, and its end, when that has come, is delivered as a line.";
    DiscardTakesRest = "discard-takes-rest", [42], "rakshasa/rtorrent#1990", [r"delimited:\n,max=5,oversize=discard"], BOTH,
        "With an over-long line everything is dropped that came with it.";
    DiscardMissesCutDelimiter = "discard-misses-cut-delimiter", [42, 34], "rakshasa/rtorrent#1990", ["crlf,max=5,oversize=discard"], BOTH,
        "While an over-long line is dropped, the beginning of its delimiter is dropped as well, and the next line goes with it.";
    LineLimitOnRead = "line-limit-on-read", [43], "twisted/twisted#6556", [r"delimited:\n,max=5"], BOTH,
        "The limit is compared with what one read returned, however many lines that is.";
    LineLimitOnBuffer = "line-limit-on-buffer", [43], "twisted/twisted#6556", [r"delimited:\n,max=5"], BOTH,
        "The limit is compared with all that is in the buffer, before lines are taken out of it.";
    LineLimitCountsDelimiter = "line-limit-counts-delimiter", [43], "twisted/twisted#6556", ["crlf,max=5", r"delimited:\n,max=5"], BOTH,
        "The limit is compared with the line and its delimiter.";
    LineLimitCountsStrip = "line-limit-counts-strip", [43], "twisted/twisted#6556", ["lines,max=5"], BOTH,
        "The carriage return that is taken off counts for the limit.";
    LineLimitOnlyUnfinished = "line-limit-only-unfinished", [43], "twisted/twisted#6556", [r"delimited:\n,max=5", "crlf,max=5"], BOTH,
        "The limit is looked at only while a line has no end, and an over-long one that comes whole is taken.";
    LineLimitOffByOne = "line-limit-off-by-one", [43], "twisted/twisted#6556", [r"delimited:\n,max=5", "nul,max=4095"], BOTH,
        "A line of one byte more than the limit is taken.";
    LineCutToLimit = "line-cut-to-limit", [43, 42], "rsyslog/rsyslog#1483", [r"delimited:\n,max=5", "crlf,max=5"], BOTH,
        "An over-long line is cut to the limit and delivered.";
    LastLineLost = "last-line-lost", [44], "rsyslog/rsyslog#851", ["lines", r"delimited:\n,tail=frame"], BOTH,
        "A last line without an end is dropped with the connection.";
    LastLineRepeated = "last-line-repeated", [44], "vectordotdev/vector#10583", ["lines"], BOTH,
        "A last line without an end is delivered twice.";
    LastLineCut = "last-line-cut", [44], "attractivechaos/klib#39", ["lines"], BOTH,
        "The last byte of a last line is taken for its end and cut off.";
    EmptyLastLine = "empty-last-line", [44], "dominictarr/event-stream#90", ["lines"], BOTH,
        "Behind the last newline there is one more line, an empty one.";
    LoneCrUndecided = "lone-cr-undecided", [44, 33], "denoland/std#3611", ["telnet-lines"], BOTH,
        "A carriage return as the last byte of the stream waits for a newline for ever, and its line is lost.";
    UnendedLineDelivered = "unended-line-delivered", [50], "xymon-monitoring/xymon#493", ["crlf", r"delimited:\n"], BOTH,
        "A line that the end of the stream cut off is delivered as if it were whole.";
    UnendedLineClean = "unended-line-clean", [49], "apache/arrow-go#991", ["crlf", r"delimited:\n"], REPORT,
        "A line that the end of the stream cut off is forgotten, and the stream is called clean.";
    Utf8PerRead = "utf8-per-read", [45], "tomas/needle#374", [r"delimited:\n,charset=utf-8", "ndjson"], BOTH,
        "Each read is decoded for itself, and a character that was cut becomes replacement characters.";
    Utf8RefusedAtCut = "utf8-refused-at-cut", [45], "google/rrg#237", [r"delimited:\n,charset=utf-8", "ndjson"], BOTH,
        "Each read must be UTF-8 for itself, and a stream with a character that was cut is refused.";
    BomPerRead = "bom-per-read", [45], "tomas/needle#374", [r"delimited:\n,charset=utf-8"], BOTH,
        "A byte order mark is taken off the beginning of each read.";
    OneReadOneLine = "one-read-one-line", [46], "rtician/routeros#4", ["lines", "crlf"], BOTH,
        "What one read returns is one line.";
    FirstLineOnly = "first-line-only", [47], "redis/hiredis#85", ["lines", "crlf"], BOTH,
        "Only the first line of a read is handled, and the others are lost.";
    OneLinePerRead = "one-line-per-read", [47, 64], "anmonteiro/httpun-ws#21", ["lines", "crlf"], BOTH,
        "One line is handled for each read, so that the others are late.";
    RestOfReadLost = "rest-of-read-lost", [47], "ib-ruby/ib-api#25", ["lines", "crlf"], BOTH,
        "The beginning of a line behind the last whole one in a read is lost.";
    LineOverwritten = "line-overwritten", [53], "cereal2nd/velbus-aio#189", ["lines", "crlf"], BOTH,
        "The beginning of a line is left in the read buffer, where the next read overwrites it.";
    LineInPieces = "line-in-pieces", [62], "denoland/std#1373", ["lines", "crlf"], BOTH,
        "A line longer than the read buffer comes out in pieces.";
    EmptyLineDropped = "empty-line-dropped", [17], "amphp/socket#9", ["lines", "crlf"], BOTH,
        "An empty line is taken for no line.";
    EmptyLineEnds = "empty-line-ends", [17], "aperezdc/dmon#11", ["lines", "crlf"], BOTH,
        "An empty line is taken for the end of the stream.";

    // Fixed lengths.
    FixedShortRead = "fixed-short-read", [46], "rtician/routeros#4", ["fixed:16", "fixed:4"], BOTH,
        "A read that returns less than a message is taken for all of it.";
    FixedWantsAllAgain = "fixed-wants-all-again", [16], "apache/pulsar-client-go#163", ["fixed:4", "fixed:16"], BOTH,
        "After a short read a whole message is wanted again, in place of the rest of this one.";
    FixedFirstOnly = "fixed-first-only", [47], "ib-ruby/ib-api#25", ["fixed:16"], BOTH,
        "Only the first message of a read is handled, and the others are lost.";
    FixedOnePerRead = "fixed-one-per-read", [47, 64], "anmonteiro/httpun-ws#21", ["fixed:16"], BOTH,
        "One message is handled for each read, so that the others are late.";
    FixedOverwritten = "fixed-overwritten", [53], "cereal2nd/velbus-aio#189", ["fixed:16"], BOTH,
        "The beginning of a message is left in the read buffer, where the next read overwrites it.";
    FixedNeedsOneMore = "fixed-needs-one-more", [26, 64], "zachary-D/zlib#39", ["fixed:16"], BOTH,
        "A message that ends where the buffer does waits for one more byte.";
    FixedInPieces = "fixed-in-pieces", [62, 46], "inkel/gedis#4", ["fixed:8192", "fixed:4097"], BOTH,
        "A message longer than the read buffer comes out in pieces.";
    FixedRestPadded = "fixed-rest-padded", [50], "icsharpcode/SharpZipLib#789", ["fixed:16"], BOTH,
        "A message that the end of the stream cut off is filled up with zeros and delivered.";
    FixedRestStale = "fixed-rest-stale", [50, 53], "eGovFramework/egovframe-runtime#274", ["fixed:16"], BOTH,
        "A message that the end of the stream cut off is delivered with the last bytes of the one before.";
    FixedRestDelivered = "fixed-rest-delivered", [50], "eGovFramework/egovframe-runtime#274", ["fixed:16"], REPORT,
        "A message that the end of the stream cut off is delivered as a shorter one.";
    FixedRestClean = "fixed-rest-clean", [49], "grpc/grpc-java#3264", ["fixed:16", "fixed:4,tail=frame"], REPORT,
        "A message that the end of the stream cut off is forgotten, and the stream is called clean.";
    FixedOtherPad = "fixed-other-pad", [50], "icsharpcode/SharpZipLib#789", ["fixed:4,tail=pad: "], BOTH,
        "A last message is filled up with zeros where another byte is asked for.";
    FixedPadsNothing = "fixed-pads-nothing", [50], "attractivechaos/klib#39", [r"fixed:4,tail=pad:\0"], BOTH,
        "A stream that ends between two messages gives one more, which is all filling.";

    // Whole streams.
    WholeFirstRead = "whole-first-read", [46], "rtician/routeros#4", ["eof", "half-close"], REPORT,
        "What the first read returns is taken for the whole stream.";
    WholeEachRead = "whole-each-read", [46, 54], "haskell-tls/hs-tls#503", ["half-close"], BOTH,
        "Each read is answered at once, before the stream has ended.";
    AnswerDroppedAtEnd = "answer-dropped-at-end", [54], "enghitalo/vanilla#103", ["half-close"], BOTH,
        "When the peer has closed its half the connection is dropped, and with it the answer.";
    WholeOverwritten = "whole-overwritten", [53], "cereal2nd/velbus-aio#189", ["eof", "half-close"], REPORT,
        "Each read begins at the front of the buffer, and overwrites what came before.";
    WholeCutAtBuffer = "whole-cut-at-buffer", [62], "inkel/gedis#4", ["half-close"], BOTH,
        "Of a long stream only what a buffer of 32 KiB holds is kept.";
    WholeCutToLimit = "whole-cut-to-limit", [43, 50], "rsyslog/rsyslog#1483", ["eof,max=5", "half-close,max=8"], REPORT,
        "A stream over the limit is cut to it and taken.";
    WholeLimitOnRead = "whole-limit-on-read", [43], "twisted/twisted#6556", ["eof,max=5", "half-close,max=8"], REPORT,
        "The limit is compared with each read, so that a long stream in short pieces is taken.";
    WholeNothingUnanswered = "whole-nothing-unanswered", [49], "grpc/grpc-java#3264", ["eof", "half-close"], REPORT,
        "A stream without a byte is no message.";
    WholeLastNewlineCut = "whole-last-newline-cut", [44], "attractivechaos/klib#39", ["half-close"], BOTH,
        "A newline at the end of the stream is cut off.";
    WholeUtf8PerRead = "whole-utf8-per-read", [45], "google/rrg#237", ["half-close,charset=utf-8"], BOTH,
        "Each read must be UTF-8 for itself, and a stream with a character that was cut is refused.";

    // Connections and time.
    DroppedWhenSlow = "dropped-when-slow", [48], "faasm/faabric#424", ["lines", "prefixed:u32be"], BOTH,
        "When the peer does not read fast enough for a send to go out, what was to be sent is dropped.";
    CutWhenSlow = "cut-when-slow", [48], "libtrading/libtrading#114", ["lines", "prefixed:u32be"], BOTH,
        "When a send takes only a part, the rest is dropped, and what follows is glued to it.";
    UnreadResets = "unread-resets", [54], "oven-sh/bun#35034", ["blocks:u8,series=one", "blocks:u32be,series=one"], BOTH,
        "The connection is closed while input is unread, which resets it, and the answer is lost.";
    EndNotSeen = "end-not-seen", [51], "MarcJHuber/event-driven-servers#204", ["lines", "prefixed:u32be", "half-close"], BOTH,
        "A read of no bytes is taken for one that had nothing yet, and is tried again for ever.";
    SpinsWhileIdle = "spins-while-idle", [51], "FreeRDP/FreeRDP#6730", ["prefixed:u32be", "lines"], BOTH,
        "The socket does not block, and a read that has nothing is tried again at once.";
    SilentPeerBlocks = "silent-peer-blocks", [60], "nisshi-io/nisshi#729", ["prefixed:u32be", "lines"], BOTH,
        "A lock is held while the rest of a frame is awaited, and nobody else is inside one meanwhile.";
    BadFrameEndsProcess = "bad-frame-ends-process", [63], "project-chip/connectedhomeip#36750", ["prefixed:u32be", r"delimited:\n,max=5"], BOTH,
        "A frame that is refused ends the process, and with it all other connections.";
    ResetEndsProcess = "reset-ends-process", [63], "RiptideNetworking/Riptide#163", ["prefixed:u32be", "lines"], BOTH,
        "A connection that its peer has reset ends the process.";
    PauseEndsStream = "pause-ends-stream", [61, 56], "morkai/h5.modbus#14", ["half-close", "prefixed:u32be", "lines"], BOTH,
        "A read that has waited for 30 ms is taken for the end of the stream.";
    PauseEndsFrame = "pause-ends-frame", [61], "ljean/modbus-tk#13", ["lines", "prefixed:u32be"], BOTH,
        "A pause of 30 ms ends a frame, whatever there is of it.";
    PauseForgetsFrame = "pause-forgets-frame", [52, 61], "softwaremill/jox#370", ["lines", "prefixed:u32be"], BOTH,
        "A read that returned nothing for 30 ms makes the decoder begin anew.";
    TimeoutForgetsLength = "timeout-forgets-length", [56], "metalbear-co/mirrord#4609", ["prefixed:u32be"], BOTH,
        "A read of a payload that times out is begun again with a length.";
    DecoderShared = "decoder-shared", [57], "topfreegames/pitaya#208", ["prefixed:u32be", "lines"], BOTH,
        "All connections feed one decoder.";
    DecoderLeftOver = "decoder-left-over", [57], "thunderbird/thunderbolt#905", ["prefixed:u32be", "lines"], BOTH,
        "A decoder is used again for the next connection, with what was left in it.";
    RefusedPayloadParsed = "refused-payload-parsed", [58], "kaeawc/auto-mobile#4225", ["prefixed:u32be,max=64KiB,oversize=discard"], BOTH,
        "Of a frame that is over the limit only the length is dropped, and its payload is parsed as frames.";
    RefusedPayloadMiscounted = "refused-payload-miscounted", [58], "debevv/nanoMODBUS#67", ["prefixed:u32be,max=64KiB,oversize=discard"], BOTH,
        "Of a frame that is over the limit as many bytes too few are dropped as its length has, and the stream never comes back into step.";
    RefusedLengthSkipped = "refused-length-skipped", [58], "debevv/nanoMODBUS#67", ["prefixed:u32be,max=64KiB"], BOTH,
        "A length that cannot be is skipped byte by byte until one comes that can.";
    WakeUpLost = "wake-up-lost", [64], "hyperium/h2#931", ["prefixed:u32be", "lines"], BOTH,
        "After 16 frames others have their turn, and nobody comes back to what is left in the buffer until more bytes come.";
    ReadAheadLost = "read-ahead-lost", [55], "libp2p/rust-libp2p#31", ["prefixed:u32be"], BOTH,
        "The length is read through a buffer and the payload past it, so that what the buffer had read ahead is lost.";

    // Resources.
    AnnouncedReserved = "announced-reserved", [15], "stratum-mining/stratum#2327", ["prefixed:u32be", "prefixed:u32be,max=none"], BOTH,
        "Memory for the announced length is reserved before the limit is looked at.";
    AnnouncedFilled = "announced-filled", [15], "Monkopedia/ksrpc#254", ["prefixed:u32be", "prefixed:u32be,max=none"], BOTH,
        "A buffer of the announced length is filled before a byte of payload has come.";
    BodyConcatenated = "body-concatenated", [59], "encode/httpx#2422", ["prefixed:u32be"], BOTH,
        "With each read a new buffer is made of the old one and what came.";
    FramesParsedAgain = "frames-parsed-again", [59], "twisted/twisted#3795", ["prefixed:u32be", "lines"], BOTH,
        "With each read all that ever came is parsed again from its beginning.";
    DescriptorLeft = "descriptor-left", [60], "DIRACGrid/DIRAC#3905", ["prefixed:u32be", "crlf"], BOTH,
        "The descriptor of a connection that ended badly is never closed.";
    ThreadLeft = "thread-left", [60], "exense/djigger#104", ["prefixed:u32be", "crlf"], BOTH,
        "A connection that ended badly leaves a thread behind that waits for ever.";
    LineRescanned = "line-rescanned", [59], "twisted/twisted#3795", ["lines", "crlf"], BOTH,
        "With each read the line is searched from its beginning again.";
    LineConcatenated = "line-concatenated", [59], "denoland/std#7211", ["lines", "crlf"], BOTH,
        "With each read a new buffer is made of the old one and what came.";
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
