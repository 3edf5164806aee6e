//! Cases under other circumstances than one connection that is read as it comes: replies that pile up, pauses, connections before and
//! beside.
//!
//! They are made of streams of the rules, for any framing. Invariant: each has the id of its stream's plain case with the manner behind it,
//! and a broader tier only adds to them.

use std::sync::Arc;
use std::time::Duration;

use super::case::{Case, Tier};
use super::manner::{After, Manner};
use super::payload::PayloadKind;
use super::rules::{FIVE_THOUSAND, encode};
use super::stream::Stream;
use super::{Close, Level};
use crate::framing::{Ending, Framing, Pattern, Series};

/// The cases of a framing; `name` is what ids call it.
#[must_use]
pub(super) fn circumstances(
    framing: &Framing,
    name: &str,
    payloads: &PayloadKind,
    tier: Tier,
) -> Vec<Case> {
    let made = Made {
        framing,
        name,
        payloads,
    };
    let Some(victim) = made.stream("three_frames", WHY_OTHERS, &[57, 58], &[5, 4, 3]) else {
        return Vec::new();
    };
    let mut cases = made.after(&victim, tier);
    cases.extend(made.beside(&victim));
    cases.extend(made.unread());
    cases.extend(paused(&victim, tier));
    cases
}

const WHY_OTHERS: &str =
    "A connection must be served as if there were no other, whatever those have sent.";

/// A timer between two reads of a frame fires: what it decides shows in a pause that is longer than it.
const PAUSE: Duration = Duration::from_millis(60);

/// Longer than most timers of that sort.
const LONG_PAUSE: Duration = Duration::from_millis(1200);

struct Made<'a> {
    framing: &'a Framing,
    name: &'a str,
    payloads: &'a PayloadKind,
}

impl Made<'_> {
    fn stream(
        &self,
        rule: &str,
        why: &str,
        classes: &[u8],
        sizes: &[usize],
    ) -> Option<Arc<Stream>> {
        let wire = encode(self.framing, self.payloads, sizes)?;
        Some(self.named(rule, why, classes, wire))
    }

    fn named(&self, rule: &str, why: &str, classes: &[u8], wire: Vec<u8>) -> Arc<Stream> {
        let id = format!("{}/rule/{rule}", self.name);
        Arc::new(Stream {
            why: why.to_owned(),
            classes: classes.to_vec(),
            ..Stream::new(id, self.framing, wire)
        })
    }

    /// The second connection and the tenth, after others that ended badly.
    fn after(&self, victim: &Arc<Stream>, tier: Tier) -> Vec<Case> {
        let middle = victim.wire.len() / 2;
        let mut cases = Vec::new();
        for (stream, close) in self.bad() {
            for times in [1, 9] {
                let after = || {
                    Manner::After(After {
                        times,
                        stream: Arc::clone(&stream),
                        close,
                    })
                };
                let whole = Case::new(victim, "whole", Vec::new(), Close::Fin, after());
                cases.push(whole);
                if tier > Tier::Quick {
                    cases.push(cut(victim, middle, Close::Hold, after()));
                }
            }
        }
        cases
    }

    /// Streams that end badly, each in its own way: inside a header, inside a payload, refused.
    fn bad(&self) -> Vec<(Arc<Stream>, Close)> {
        let frame = encode(self.framing, self.payloads, &[5]).unwrap_or_default();
        let bad = |wire: &[u8]| self.named("bad", "", &[], wire.to_vec());
        let mut all = Vec::new();
        if let [first, .., _] = frame[..] {
            all.push((bad(&[first]), Close::Fin));
            all.push((bad(&frame[..frame.len() - 1]), Close::Reset));
        }
        all.extend(self.refused().map(|wire| (bad(&wire), Close::Hold)));
        all
    }

    /// A stream that the reference refuses, up to where it does: with a frame over the limit, or with bytes that are no header.
    fn refused(&self) -> Option<Vec<u8>> {
        /// More is not sent only to be refused.
        const MOST: u64 = 64 << 10;
        let mut unlimited = self.framing.clone();
        unlimited.max = None;
        let over = self.framing.max.filter(|&max| max <= MOST);
        let over = over.and_then(|max| encode(&unlimited, self.payloads, &[max as usize + 1]));
        let wrong = [vec![0xff; 12], vec![b'!'; 12]];
        over.into_iter().chain(wrong).find_map(|mut wire| {
            let ending = Stream::new(String::new(), self.framing, wire.clone()).ending;
            let at = match ending {
                Ending::Clean | Ending::Truncated { .. } => return None,
                Ending::Malformed(error) => error.at,
                Ending::Oversize { at } => at,
            };
            wire.truncate(at as usize + 1);
            Some(wire)
        })
    }

    /// Beside one connection and beside three, cut where the bytes of others could come between.
    fn beside(&self, victim: &Arc<Stream>) -> Vec<Case> {
        let other = self.stream("others", "", &[], &[7, 2, 9, 1]);
        let Some(other) = other.filter(|other| other.wire.len() > 4) else {
            return Vec::new();
        };
        let middle = victim.wire.len() / 2;
        let beside = |others| Manner::Beside(vec![Arc::clone(&other); others]);
        let mut cases = vec![Case::new(
            victim,
            "whole",
            Vec::new(),
            Close::Hold,
            beside(1),
        )];
        for at in [1, middle] {
            cases.push(cut(victim, at, Close::Fin, beside(1)));
            cases.push(cut(victim, at, Close::Hold, beside(3)));
        }
        cases
    }

    /// Replies that pile up: more than the buffers between us hold.
    fn unread(&self) -> Vec<Case> {
        let why = "Replies that are not read at once must wait, and neither be dropped nor run into each other.";
        let many = match self.framing.pattern_number() {
            1 | 3 => return Vec::new(),
            2 => self.stream("a_quarter_of_a_megabyte", why, &[48, 54], &[1 << 18]),
            _ => self.stream("five_thousand_frames", why, &[48, 47, 54], &FIVE_THOUSAND),
        };
        let one = |stream| {
            [Close::Fin, Close::Hold]
                .map(|close| Case::new(&stream, "whole", Vec::new(), close, Manner::Unread))
        };
        many.into_iter()
            .chain(self.more_than_is_read())
            .flat_map(one)
            .collect()
    }

    /// A series after which nothing is read, and much behind it: a close with unread input resets the connection, and what was answered
    /// is lost with it.
    fn more_than_is_read(&self) -> Option<Arc<Stream>> {
        let one = matches!(
            self.framing.pattern,
            Pattern::Blocks {
                series: Series::One,
                ..
            }
        );
        let why = "What stands behind the only series is not read, and must not cost the answer that is under way.";
        let mut wire = encode(self.framing, self.payloads, &FIVE_THOUSAND).filter(|_| one)?;
        wire.resize(wire.len() + (64 << 10), b'a');
        Some(Arc::new(Stream {
            level: Level::Should,
            ..(*self.named("a_series_and_more", why, &[54], wire)).clone()
        }))
    }
}

/// A pause at each of the places where frames begin, and inside the second frame; longer ones in the soak.
fn paused(victim: &Arc<Stream>, tier: Tier) -> Vec<Case> {
    let pauses: &[Duration] = match tier {
        Tier::Quick => &[],
        Tier::Full => &[PAUSE],
        Tier::Soak => &[PAUSE, LONG_PAUSE],
    };
    let places = [1, victim.wire.len() / 2, victim.wire.len() - 1];
    let at_each =
        |&pause: &Duration| places.map(|at| cut(victim, at, Close::Fin, Manner::Pause(pause)));
    pauses.iter().flat_map(at_each).collect()
}

fn cut(stream: &Arc<Stream>, at: usize, close: Close, manner: Manner) -> Case {
    Case::new(stream, &format!("cut@{at}"), vec![at], close, manner)
}
