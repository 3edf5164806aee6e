//! What each kind of failure means, in a sentence, and what usually makes a program fail so: the help of reports that are read far from
//! the documentation.
//!
//! Invariant: every kind has its row.

/// What is known of a kind.
pub(super) struct Known {
    /// Its word.
    pub(super) kind: &'static str,
    /// What happened.
    pub(super) meaning: &'static str,
    /// Where to look.
    pub(super) help: &'static str,
}

const KINDS: &[Known] = &[
    row(
        "lost",
        "A frame never came.",
        "Bytes of a read behind its first frame, or in front of a delimiter or length that two reads share, are dropped: keep what is left over for the next read.",
    ),
    row(
        "extra",
        "A frame came that is not in the stream.",
        "Leftovers of another frame, or a buffer that is not emptied, are taken for a frame.",
    ),
    row(
        "merged",
        "Several frames came as one.",
        "A read is taken for a frame: look for the end of a frame in what was read, and more than once.",
    ),
    row(
        "split",
        "One frame came as several.",
        "A read is taken for a frame: a frame ends where the framing says, not where a read does.",
    ),
    row(
        "corrupt",
        "A frame came with other bytes.",
        "A length is read from some of its bytes only, a buffer is used again too early, or bytes are decoded as text in the middle of a character.",
    ),
    row(
        "late",
        "A complete frame came only after more bytes, or after the end of the stream.",
        "The decoder waits for a read more than it needs: after a read, take out all frames that are complete.",
    ),
    row(
        "early",
        "Something came before its last byte was sent, or before our end of the stream.",
        "A frame is handed on before it is complete.",
    ),
    row(
        "accepted-truncated",
        "A stream that ended inside a frame was taken for a good one.",
        "An end of stream inside a frame is an error, not the end of that frame: otherwise whoever cuts the connection cuts the message.",
    ),
    row(
        "accepted-malformed",
        "A malformed stream was taken for a good one.",
        "What one program forgives another reads differently: such differences are how messages are smuggled.",
    ),
    row(
        "accepted-oversize",
        "A payload over the limit was taken.",
        "Compare the length with the limit before anything is allocated or read.",
    ),
    row(
        "rejected-valid",
        "A valid stream was refused.",
        "A valid header, length or delimiter is not known, or was not yet complete in the first read.",
    ),
    row(
        "hang",
        "No progress by the deadline.",
        "The decoder waits for bytes that it has already, or for more than the frame has.",
    ),
    row(
        "crash",
        "The process ended.",
        "An offset or a length of the peer is used without a look at what is there.",
    ),
    row(
        "reset",
        "The connection was reset while answers were owed.",
        "It was closed with bytes unread, often behind an error: read to the end, or shut down the sending half first.",
    ),
    row(
        "poisoned",
        "A connection is served wrongly because of what another one did.",
        "State of a decoder is shared between connections, or not renewed for the next.",
    ),
    row(
        "memory",
        "Memory followed a length that was only announced.",
        "Allocate for bytes that came, not for those that were promised.",
    ),
    row(
        "quadratic",
        "Processor time grows faster than the bytes do.",
        "Each read searches, copies or joins all that came before: go on where the last search ended.",
    ),
    row(
        "leak",
        "Descriptors or threads of connections that are over stay.",
        "Close the connection on every way out of its handler, errors included.",
    ),
    row(
        "busy",
        "Processor time is used while nothing comes.",
        "A read that returns nothing is tried again at once: an end of stream must end the loop.",
    ),
    row(
        "flood",
        "It sends without end.",
        "A reply is written in a loop that no input ends.",
    ),
    row(
        "garbage",
        "It does not answer as the observer needs it.",
        "The target and the observer do not fit: see docs/targets.md for what each observer reads.",
    ),
    row(
        "variant",
        "The same bytes draw another reply when they are cut.",
        "Something is decided by what one read returns: keep what has come, and decide when enough of it is there.",
    ),
];

const fn row(kind: &'static str, meaning: &'static str, help: &'static str) -> Known {
    Known {
        kind,
        meaning,
        help,
    }
}

/// What is known of a kind; of one that a later version has, nothing.
pub(super) fn known(kind: &str) -> Option<&'static Known> {
    KINDS.iter().find(|known| known.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Kind;

    #[test]
    fn every_kind_of_failure_is_explained() {
        let missing: Vec<_> = Kind::ALL
            .iter()
            .filter(|kind| known(kind.word()).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(KINDS.len(), Kind::ALL.len());
    }
}
