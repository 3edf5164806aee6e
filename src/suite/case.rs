//! Cases: a stream, the places at which it is cut, and how our half closes.
//!
//! A case's id is `STREAM:SEGMENTATION:CLOSE[:MANNER]`. It depends on nothing but these, so that it names the same case in every run with
//! the same seed. Invariant: cuts ascend and lie inside the wire, so every segment has at least one byte.

use std::sync::Arc;

use super::Close;
use super::manner::Manner;
use super::seen::Seen;
use super::stream::Stream;
use super::vector::Vector;

/// A stream x a segmentation x a close, conducted in some manner.
#[derive(Clone, Debug)]
pub struct Case {
    /// `STREAM:SEGMENTATION:CLOSE`, and `:MANNER` where that is not plain.
    pub id: String,
    /// What is sent, and what must come of it.
    pub stream: Arc<Stream>,
    /// Offsets at which the wire is cut, ascending, none at its ends.
    pub cuts: Vec<usize>,
    /// How our half ends after the bytes.
    pub close: Close,
    /// How it is conducted otherwise.
    pub manner: Manner,
}

impl Case {
    /// A case with the id that these make.
    #[must_use]
    pub fn new(
        stream: &Arc<Stream>,
        segmentation: &str,
        cuts: Vec<usize>,
        close: Close,
        manner: Manner,
    ) -> Self {
        let mut id = format!("{}:{segmentation}:{}", stream.id, close.word());
        if !manner.is_plain() {
            id += &format!(":{manner}");
        }
        Self {
            id,
            stream: Arc::clone(stream),
            cuts,
            close,
            manner,
        }
    }

    /// A case whose id tells its cuts.
    #[must_use]
    pub fn cut_at(stream: &Arc<Stream>, cuts: Vec<usize>, close: Close, manner: Manner) -> Self {
        Self::new(stream, &named(&cuts), cuts, close, manner)
    }

    /// What a vector says itself: its bytes in each of its segmentations, with its own close and manner.
    #[must_use]
    pub fn of_vector(vector: &Vector) -> Vec<Self> {
        let stream = Arc::new(Stream::of_vector(vector));
        let manner = vector.manner.framed(&vector.framing);
        let case = |cuts| Self::cut_at(&stream, cuts, vector.close, manner.clone());
        match vector.cuts.is_empty() {
            true => vec![case(Vec::new())],
            false => vector.cuts.iter().cloned().map(case).collect(),
        }
    }

    /// The vector that says just this case, as one of a file with this stem.
    #[must_use]
    pub fn to_vector(&self, stem: &str, name: &str, why: String) -> Vector {
        let stream = &self.stream;
        Vector {
            id: format!("{stem}/{name}"),
            name: name.to_owned(),
            framing: stream.framing.clone(),
            why,
            source: None,
            level: stream.level,
            classes: stream.classes.clone(),
            bytes: stream.wire.clone(),
            frames: stream.expected(),
            ending: (&stream.ending).into(),
            cuts: match self.cuts.is_empty() {
                true => Vec::new(),
                false => vec![self.cuts.clone()],
            },
            close: self.close,
            manner: self.manner.framed(&stream.framing),
            seen: Seen::default(),
        }
    }

    /// The pieces that are written, in order.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        segments(&self.stream.wire, &self.cuts)
    }
}

/// Bytes in the pieces that these cuts make of them: the cuts ascend inside the bytes. No piece is empty.
pub fn segments<'a>(wire: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(wire.len()));
    let all = starts.zip(ends).map(|(start, end)| &wire[start..end]);
    all.filter(|segment| !segment.is_empty())
}

/// A wire that takes milliseconds to send.
const LONG: usize = 128 << 10;

/// How many cases are made of each stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Seconds: the cuts that pay.
    #[default]
    Quick,
    /// Every single cut, more random ones, resets.
    Full,
    /// Many random segmentations.
    Soak,
}

impl Tier {
    /// Every choice, the default first.
    pub const ALL: &'static [Self] = &[Self::Quick, Self::Full, Self::Soak];

    /// The word that flags have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
            Self::Soak => "soak",
        }
    }

    /// The longest wire that is sent byte by byte.
    fn each_byte(self) -> usize {
        match self {
            Self::Quick => 48,
            Self::Full | Self::Soak => 512,
        }
    }

    /// The most frames that are each sent alone.
    fn frames(self) -> usize {
        match self {
            Self::Quick => 100,
            Self::Full | Self::Soak => 10_000,
        }
    }

    /// The longest wire that is cut at every place; of longer ones, the most places. What takes long to send is cut less often.
    fn single_cuts(self, wire: usize) -> usize {
        match self {
            Self::Quick if wire > LONG => 2,
            Self::Quick => 10,
            Self::Full | Self::Soak => 256,
        }
    }

    fn random(self) -> u64 {
        match self {
            Self::Quick => 1,
            Self::Full => 8,
            Self::Soak => 64,
        }
    }
}

/// The cases of a stream; `seed` makes the random segmentations, `most` bounds the single cuts further than the tier does.
#[must_use]
pub fn cases(stream: &Arc<Stream>, own: &Own, tier: Tier, seed: u64, most: usize) -> Vec<Case> {
    let mut planned = Planned {
        stream,
        cases: Vec::new(),
    };
    let wire = stream.wire.len();
    if let Some(close) = own.close {
        planned.add("whole", Vec::new(), close);
    }
    planned.add("whole", Vec::new(), Close::Fin);
    planned.add("whole", Vec::new(), Close::Hold);
    for cuts in &own.cuts {
        planned.add(&named(cuts), cuts.clone(), own.close.unwrap_or(Close::Hold));
    }
    if (2..=tier.each_byte()).contains(&wire) {
        planned.add("each-byte", (1..wire).collect(), Close::Hold);
    }
    if (2..=tier.frames()).contains(&stream.boundaries.len()) {
        planned.add("frames", stream.boundaries.clone(), Close::Fin);
        planned.add("straddled", straddled(&stream.boundaries, wire), Close::Fin);
    }
    for number in 1..=tier.random() {
        let cuts = random_cuts(
            wire,
            fastrand::Rng::with_seed(seed_of(seed, &stream.id, number)),
        );
        planned.add(
            &format!("random-{number}"),
            cuts,
            if number % 2 == 0 {
                Close::Hold
            } else {
                Close::Fin
            },
        );
    }
    // Behind those with a name: which single cuts there are must not change what another case is called.
    for at in single_cuts(stream, tier.single_cuts(wire).min(most)) {
        planned.add(&named(&[at]), vec![at], Close::Fin);
    }
    if tier > Tier::Quick {
        planned.add("whole", Vec::new(), Close::Reset);
        planned.add(&format!("cut@{}", wire / 2), vec![wire / 2], Close::Reset);
    }
    planned.cases.extend(own.conducted.iter().map(|case| Case {
        stream: Arc::clone(stream),
        ..case.clone()
    }));
    planned.cases
}

/// What a vector says of its own cases.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Segmentations that matter.
    pub cuts: Vec<Vec<usize>>,
    /// The close that matters; `None`: the usual ones.
    pub close: Option<Close>,
    /// The cases that are not conducted plainly.
    pub conducted: Vec<Case>,
}

impl Own {
    /// Of this vector.
    #[must_use]
    pub fn of_vector(vector: &Vector) -> Self {
        Self {
            cuts: vector.cuts.clone(),
            close: (vector.close != Close::default()).then_some(vector.close),
            conducted: match vector.manner.is_plain() {
                true => Vec::new(),
                false => Case::of_vector(vector),
            },
        }
    }
}

struct Planned<'a> {
    stream: &'a Arc<Stream>,
    cases: Vec<Case>,
}

impl Planned<'_> {
    /// Adds a case, unless it is there already or cuts nothing.
    fn add(&mut self, segmentation: &str, cuts: Vec<usize>, close: Close) {
        let inside = cuts.iter().all(|&at| 0 < at && at < self.stream.wire.len());
        let same = |case: &Case| case.cuts == cuts && case.close == close;
        if !inside || (cuts.is_empty() && segmentation != "whole") || self.cases.iter().any(same) {
            return;
        }
        self.cases.push(Case::new(
            self.stream,
            segmentation,
            cuts,
            close,
            Manner::Plain,
        ));
    }
}

/// The word for a segmentation in ids.
fn named(cuts: &[usize]) -> String {
    if cuts.is_empty() {
        return "whole".to_owned();
    }
    let offsets: Vec<_> = cuts.iter().map(usize::to_string).collect();
    format!("cut@{}", offsets.join("+"))
}

/// Every place of a short wire; of a long one those around each header, payload and delimiter, the first and last of them first.
fn single_cuts(stream: &Stream, most: usize) -> Vec<usize> {
    let wire = stream.wire.len();
    if wire <= most + 1 {
        return (1..wire).collect();
    }
    let edges = stream
        .payloads
        .iter()
        .flat_map(|place| [place.start, place.end])
        .chain(stream.boundaries.iter().copied());
    let mut places: Vec<usize> = edges
        .flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1])
        .chain([1, wire - 1])
        .collect();
    places.retain(|&at| 0 < at && at < wire);
    places.sort_unstable();
    places.dedup();
    if places.len() > most {
        let back = places.split_off(places.len() - most / 2);
        places.truncate(most - most / 2);
        places.extend(back);
        places.dedup();
    }
    places
}

/// One cut inside each frame: every segment but the first begins with the end of one frame and goes on with the next.
fn straddled(boundaries: &[usize], wire: usize) -> Vec<usize> {
    let ends = boundaries.iter().copied().chain([wire]);
    let mut start = 0;
    let middles = ends.map(|end| {
        let middle = start + (end - start).div_ceil(2);
        start = end;
        middle
    });
    let mut cuts: Vec<usize> = middles.filter(|&at| at < wire).collect();
    cuts.dedup();
    cuts
}

/// Cuts at random places: up to 8 on a short wire, so that some segments are long and most are short.
fn random_cuts(wire: usize, mut rng: fastrand::Rng) -> Vec<usize> {
    if wire < 2 {
        return Vec::new();
    }
    let mut cuts: Vec<usize> = (0..rng.usize(1..=8)).map(|_| rng.usize(1..wire)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// A seed of its own for each segmentation, so that a case is the same whether or not others are run.
fn seed_of(seed: u64, id: &str, number: u64) -> u64 {
    let mut hash = crc32fast::Hasher::new_with_initial(seed as u32);
    hash.update(id.as_bytes());
    seed.rotate_left(17) ^ (u64::from(hash.finalize()) << 16) ^ number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::Framing;

    fn stream(id: &str, framing: &str, wire: &[u8]) -> Arc<Stream> {
        let framing: Framing = framing.parse().unwrap();
        Arc::new(Stream::new(id.to_owned(), &framing, wire.to_vec()))
    }

    fn ids(cases: &[Case]) -> Vec<&str> {
        cases.iter().map(|case| case.id.as_str()).collect()
    }

    #[test]
    fn a_short_stream_is_sent_whole_byte_by_byte_between_its_frames_and_cut_at_each_place() {
        let stream = stream("s", "lines", b"a\nb\nc\n");
        let cases = cases(&stream, &Own::default(), Tier::Quick, 1, usize::MAX);
        let (random, others): (Vec<_>, Vec<_>) = ids(&cases)
            .into_iter()
            .partition(|id| id.contains("random"));
        assert!(random.len() <= 1);
        let must = [
            "s:whole:fin",
            "s:whole:hold",
            "s:each-byte:hold",
            "s:frames:fin",
            "s:straddled:fin",
        ];
        assert!(others.starts_with(&must), "{others:?}");
        let singles: Vec<_> = cases.iter().filter(|case| case.cuts.len() == 1).collect();
        let mut places: Vec<_> = singles.iter().map(|case| case.cuts[0]).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_wire_too_short_to_cut_has_only_whole_cases() {
        for wire in [&b""[..], b"a"] {
            let stream = stream("s", "eof", wire);
            let cases = cases(&stream, &Own::default(), Tier::Full, 1, usize::MAX);
            assert_eq!(
                ids(&cases),
                ["s:whole:fin", "s:whole:hold", "s:whole:reset"]
            );
            assert_eq!(cases[0].segments().count(), wire.len());
        }
    }

    #[test]
    fn segments_are_the_wire_in_pieces() {
        let stream = stream("s", "lines", b"ab\ncd\nef\n");
        for case in cases(&stream, &Own::default(), Tier::Soak, 7, usize::MAX) {
            assert_eq!(case.segments().collect::<Vec<_>>().concat(), stream.wire);
            assert_eq!(case.segments().count(), case.cuts.len() + 1, "{}", case.id);
        }
    }

    #[test]
    fn what_a_vector_says_comes_with_its_own_close() {
        let own = Own {
            cuts: vec![vec![1, 3], vec![9]],
            close: Some(Close::Reset),
            conducted: Vec::new(),
        };
        let stream = stream("s", "lines", b"ab\nc\n");
        let cases = cases(&stream, &own, Tier::Quick, 1, 0);
        let ids = ids(&cases);
        assert_eq!(ids[0], "s:whole:reset");
        assert!(ids.contains(&"s:cut@1+3:reset"));
        assert!(
            !ids.iter().any(|id| id.contains("cut@9")),
            "outside the wire"
        );
    }

    #[test]
    fn the_same_seed_makes_the_same_cases_and_another_seed_others() {
        let stream = stream("s", "eof", &[7; 400]);
        let cuts = |seed| -> Vec<_> {
            let cases = cases(&stream, &Own::default(), Tier::Full, seed, usize::MAX);
            let random = cases.into_iter().filter(|case| case.id.contains("random"));
            random.map(|case| case.cuts).collect()
        };
        assert_eq!(cuts(1), cuts(1));
        assert_ne!(cuts(1), cuts(2));
        assert_ne!(cuts(1), cuts(1 << 40), "the upper half of a seed counts");
    }

    #[test]
    fn fewer_single_cuts_leave_every_other_id_as_it_is() {
        for wire in [
            &b"ab\nc\n"[..],
            b"a\nb\n",
            b"\n\n\n",
            b"abcdefghijklmno\np\n",
        ] {
            let stream = stream("s", "lines", wire);
            let of = |most| cases(&stream, &Own::default(), Tier::Quick, 1, most);
            let all = of(usize::MAX);
            for case in of(2) {
                let same = all.iter().find(|other| other.id == case.id);
                assert_eq!(
                    same.map(|other| &other.cuts),
                    Some(&case.cuts),
                    "{}",
                    case.id
                );
            }
        }
    }
}
