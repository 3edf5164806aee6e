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
    ShortReadTaken = "short-read-taken", [46], "rtician/routeros#4", ["prefixed:u32be"], BOTH,
        "The body is read with one recv, and what that returns is taken for all of it.";

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
    CutWhenSlow = "cut-when-slow", [48], "libtrading/libtrading#114", ["lines", "prefixed:u32be", "half-close,max=none"], BOTH,
        "When a send takes only a part, the rest is dropped, and what follows is glued to it.";
    UnreadResets = "unread-resets", [54], "oven-sh/bun#35034", ["prefixed:u32be,max=64KiB", "crlf,max=64KiB"], BOTH,
        "The connection is closed while input is unread, which resets it, and the answer is lost.";
    EndNotSeen = "end-not-seen", [51], "MarcJHuber/event-driven-servers#204", ["lines", "prefixed:u32be", "half-close"], BOTH,
        "A read of no bytes is taken for one that had nothing yet, and is tried again for ever.";
    SpinsWhileIdle = "spins-while-idle", [51], "FreeRDP/FreeRDP#6730", ["prefixed:u32be", "lines"], BOTH,
        "The socket does not block, and a read that has nothing is tried again at once.";
    ServedInTurn = "served-in-turn", [60], "SFTtech/videoscreen#4", ["lines", "prefixed:u32be"], BOTH,
        "A connection is served when the one before it is over.";
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
    MemoryKept = "memory-kept", [57], "rsta2/circle#39", ["prefixed:u32be", "lines"], BOTH,
        "The buffer of each connection is kept when that is over.";
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
