//! The judge where there is no contract: the same bytes sent whole and sent cut must draw the same reply.
//!
//! What the reply means is not asked. Invariant: a target that answers otherwise each time, or whose reply a reset may have cut short, is
//! never blamed for its answer.

use super::Close;
use super::case::Case;
use super::judge::{Kind, Verdict};
use super::transcript::{End, Transcript};

/// What bytes of a reply are shown around the first that differs.
const SHOWN: usize = 40;

/// The verdict on what passed, beside what passed when the same bytes were sent whole, twice.
#[must_use]
pub fn judge_alike(case: &Case, whole: [&Transcript; 2], cut: &Transcript) -> Verdict {
    let [first, again] = whole;
    if let Some(how) = &cut.died {
        return Verdict::fail(Kind::Crash, format!("the process ended: {how}"));
    }
    if cut.flooded {
        let why = format!("it sent more than {} bytes", cut.received.len());
        return Verdict::fail(Kind::Flood, why);
    }
    let stalls = |one: &Transcript| one.stalled.is_some();
    if let Some(why) = cut
        .stalled
        .as_ref()
        .filter(|_| !stalls(first) && !stalls(again))
    {
        return Verdict::fail(Kind::Hang, format!("sent whole it does not hang: {why}"));
    }
    let resets = |one: &Transcript| matches!(one.end, End::Reset | End::Ours);
    match () {
        () if case.cuts.is_empty() => {
            Verdict::skip("it is sent whole: there is nothing to compare")
        }
        () if case.close == Close::Reset || resets(first) || resets(again) || resets(cut) => {
            Verdict::skip("a reset may have cost a part of the reply")
        }
        () if stalls(first) || stalls(again) || first.died.is_some() || again.died.is_some() => {
            Verdict::skip("sent whole it is not answered to the end")
        }
        () if first.received != again.received => Verdict::skip(format!(
            "sent whole twice, it is not answered alike: {}",
            difference(&first.received, &again.received)
        )),
        () if cut.received == first.received => Verdict::pass(),
        () => Verdict::fail(
            Kind::Variant,
            format!(
                "sent cut it is answered otherwise than sent whole: {}",
                difference(&first.received, &cut.received)
            ),
        ),
    }
}

/// Where two replies differ, and what is there.
fn difference(whole: &[u8], other: &[u8]) -> String {
    let same = whole.iter().zip(other).take_while(|(one, two)| one == two);
    let at = same.count();
    let shown = |reply: &[u8]| {
        let end = reply.len().min(at + SHOWN);
        match &reply[at..end] {
            [] => "nothing".to_owned(),
            bytes => format!("'{}'", crate::framing::escape(bytes, b"'")),
        }
    };
    format!(
        "{} and {} bytes, from byte {at} on {} and {}",
        whole.len(),
        other.len(),
        shown(whole),
        shown(other)
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::suite::{Manner, Status, Stream};

    fn case(cuts: &[usize], close: Close) -> Case {
        let framing = "lines".parse().unwrap();
        let stream = Arc::new(Stream::new("s".to_owned(), &framing, b"ab\n".to_vec()));
        Case::cut_at(&stream, cuts.to_vec(), close, Manner::Plain)
    }

    fn replied(reply: &[u8]) -> Transcript {
        Transcript {
            received: reply.to_vec(),
            end: End::Closed,
            ..Transcript::new()
        }
    }

    fn verdict(whole: [&Transcript; 2], cut: &Transcript) -> (Status, Option<Kind>) {
        let verdict = judge_alike(&case(&[1], Close::Fin), whole, cut);
        (verdict.status, verdict.kind)
    }

    #[test]
    fn the_same_reply_passes_and_another_is_variant() {
        let (ok, other) = (replied(b"+ok\n"), replied(b"+no\n"));
        assert_eq!(verdict([&ok, &ok], &ok), (Status::Pass, None));
        let failed = judge_alike(&case(&[1], Close::Fin), [&ok, &ok], &other);
        assert_eq!(failed.kind, Some(Kind::Variant));
        assert!(
            failed.why.contains(r"from byte 1 on 'ok\n' and 'no\n'"),
            "{}",
            failed.why
        );
    }

    #[test]
    fn a_reply_that_is_never_the_same_is_nobodys_fault() {
        let (one, other) = (replied(b"10:00"), replied(b"10:01"));
        assert_eq!(
            verdict([&one, &other], &replied(b"10:02")),
            (Status::Skip, None)
        );
    }

    #[test]
    fn a_reset_may_have_eaten_the_reply() {
        let ok = replied(b"+ok\n");
        let reset = Transcript {
            end: End::Reset,
            ..replied(b"")
        };
        assert_eq!(verdict([&ok, &ok], &reset), (Status::Skip, None));
        assert_eq!(verdict([&reset, &ok], &ok), (Status::Skip, None));
        let closed = judge_alike(&case(&[1], Close::Reset), [&ok, &ok], &replied(b""));
        assert_eq!(closed.status, Status::Skip);
    }

    #[test]
    fn what_is_sent_whole_shows_only_how_the_target_fares() {
        let ok = replied(b"+ok\n");
        let whole = |cut: &Transcript| judge_alike(&case(&[], Close::Fin), [&ok, &ok], cut);
        assert_eq!(whole(&ok).status, Status::Skip);
        let died = Transcript {
            died: Some("signal 11".to_owned()),
            ..replied(b"")
        };
        assert_eq!(whole(&died).kind, Some(Kind::Crash));
    }

    #[test]
    fn only_what_hangs_for_its_cuts_is_blamed_for_it() {
        let ok = replied(b"+ok\n");
        let hangs = Transcript {
            stalled: Some("2 bytes unread".to_owned()),
            ..replied(b"")
        };
        assert_eq!(
            verdict([&ok, &ok], &hangs),
            (Status::Fail, Some(Kind::Hang))
        );
        assert_eq!(verdict([&hangs, &hangs], &hangs), (Status::Skip, None));
    }
}
