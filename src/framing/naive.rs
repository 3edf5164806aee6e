//! The second decoder: a framing and a whole stream to its events and its ending, as plainly as `docs/framings.md` says it.
//!
//! It shares no code with the streaming decoders, so that the two can be held against each other, and is never used to decode
//! a connection. It reads by index and forgets how fast it is; only a stream with an error costs more than a few walks.
//! Invariant: an error stands at the first byte after which no continuation gives a clean stream. `tests/certainty.rs` proves
//! that on all small streams.

use super::{
    Charset, Empty, Endian, Ending, Event, Extensions, FrameError, Framing, Lead, Length, Oversize,
    Pattern, Prefix, Radix, Series, Span, Stop, Tail, Unit, Why,
};

/// Decodes a stream that has ended, all at once.
#[must_use]
pub fn naive(framing: &Framing, wire: &[u8]) -> (Vec<Event>, Ending) {
    match &framing.pattern {
        Pattern::Eof | Pattern::HalfClose => whole(framing, wire),
        Pattern::Fixed { size, tail } => fixed(framing, *size, *tail, wire),
        Pattern::Delimited {
            delimiters,
            strip,
            tail,
        } => {
            let lines = Lines {
                delimiters,
                strip,
                last_is_frame: *tail == Tail::Frame,
            };
            delimited(framing, &lines, wire)
        }
        Pattern::Prefixed(prefix) => prefixed(framing, prefix, wire),
        Pattern::Blocks {
            prefix,
            series,
            unit,
            extensions,
        } => {
            let blocks = Blocks {
                framing,
                prefix,
                unit: *unit,
                extensions: *extensions,
                wire,
                events: Vec::new(),
                from: 0,
            };
            blocks.decode(*series)
        }
    }
}

/// Why reading stops before a piece is complete.
enum Halt {
    /// The stream ends here.
    Short,
    /// The stream is wrong here.
    Wrong(FrameError),
}

impl Halt {
    fn at(at: usize, why: Why) -> Self {
        Self::Wrong(FrameError {
            at: offset(at),
            why,
        })
    }

    /// What the whole stream ends in, when the last complete frame ended at `from`.
    fn ending(self, from: usize) -> Ending {
        match self {
            Self::Short => Ending::Truncated { from: offset(from) },
            Self::Wrong(error) => error.into(),
        }
    }
}

fn offset(index: usize) -> u64 {
    index as u64
}

fn ending(at: usize, why: Why) -> Ending {
    Halt::at(at, why).ending(0)
}

/// The longest payload that is no error.
fn limit(framing: &Framing) -> u64 {
    match (framing.max, framing.oversize) {
        (Some(max), Oversize::Close) => max,
        _ => u64::MAX,
    }
}

/// Over `max`: where that is no error, the payload is dropped.
fn is_dropped(framing: &Framing, len: u64) -> bool {
    framing.max.is_some_and(|max| len > max)
}

fn is_reported(framing: &Framing, len: u64) -> bool {
    let skipped = len == 0 && framing.empty == Empty::Skip;
    !skipped && !is_dropped(framing, len)
}

/// Of the beginnings longer than `alive` up to `len`, the last byte of the first that is dead: once dead, all longer ones are.
fn first_dead(alive: usize, len: usize, dead: impl Fn(usize) -> bool) -> Option<usize> {
    if len <= alive || !dead(len) {
        return None;
    }
    let (mut alive, mut lost) = (alive, len);
    while alive + 1 < lost {
        let middle = alive.midpoint(lost);
        match dead(middle) {
            true => lost = middle,
            false => alive = middle,
        }
    }
    Some(lost - 1)
}

/// The fewest bytes that make a payload's beginning UTF-8; `None`: none do.
fn missing(framing: &Framing, payload: &[u8]) -> Option<u64> {
    match framing.charset {
        Charset::Any => Some(0),
        Charset::Utf8 => missing_utf8(payload),
    }
}

fn missing_utf8(payload: &[u8]) -> Option<u64> {
    let Err(error) = std::str::from_utf8(payload) else {
        return Some(0);
    };
    let open = &payload[error.valid_up_to()..];
    let whole = match open[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        _ => 2,
    };
    match error.error_len() {
        None => Some(whole - offset(open.len())),
        Some(_) => None,
    }
}

/// The first byte of `payload` after which nothing makes it UTF-8, where it will have `total` bytes.
fn not_utf8(framing: &Framing, payload: &[u8], total: u64) -> Option<usize> {
    first_dead(0, payload.len(), |n| {
        missing(framing, &payload[..n]).is_none_or(|needed| needed > total - offset(n))
    })
}

/// Patterns 1 and 2.
fn whole(framing: &Framing, wire: &[u8]) -> (Vec<Event>, Ending) {
    let too_long =
        |n| missing(framing, &wire[..n]).is_none_or(|needed| offset(n) + needed > limit(framing));
    if let Some(at) = first_dead(0, wire.len(), too_long) {
        let invalid = missing(framing, &wire[..=at]).is_none();
        let why = match invalid && offset(at) < limit(framing) {
            true => Why::NotUtf8,
            false => Why::Oversize,
        };
        return (Vec::new(), ending(at, why));
    }
    if missing(framing, wire) != Some(0) {
        return (Vec::new(), ending(wire.len(), Why::NotUtf8));
    }
    if wire.is_empty() && framing.empty == Empty::Reject {
        return (Vec::new(), ending(0, Why::Empty));
    }
    let len = offset(wire.len());
    let frame = Event::Frame(span(0, wire.len(), 0, len));
    let events = is_reported(framing, len).then_some(frame);
    (events.into_iter().collect(), Ending::Clean)
}

fn span(start: usize, end: usize, payload: usize, len: u64) -> Span {
    Span {
        start: offset(start),
        end: offset(end),
        offset: offset(payload),
        len,
    }
}

/// Pattern 3.
fn fixed(framing: &Framing, size: u64, tail: Tail, wire: &[u8]) -> (Vec<Event>, Ending) {
    let mut events = Vec::new();
    let mut start = 0;
    for message in wire.chunks(usize::try_from(size).unwrap_or(usize::MAX)) {
        let (end, got) = (start + message.len(), offset(message.len()));
        if let Some(bad) = not_utf8(framing, message, size) {
            return (events, ending(start + bad, Why::NotUtf8));
        }
        if got < size && tail == Tail::Truncated {
            return (events, Halt::Short.ending(start));
        }
        if missing(framing, message) != Some(0) {
            return (events, ending(end, Why::NotUtf8));
        }
        let len = match tail {
            Tail::Pad(_) => size,
            _ => got,
        };
        events.push(Event::Frame(span(start, end, start, len)));
        start = end;
    }
    (events, Ending::Clean)
}

/// How pattern 4 finds its frames.
struct Lines<'a> {
    delimiters: &'a [Vec<u8>],
    strip: &'a [u8],
    last_is_frame: bool,
}

/// A frame of pattern 4 with its bytes on the wire.
struct Line {
    start: usize,
    /// Where the delimiter begins.
    place: usize,
    end: usize,
    /// Bytes of payload, without what was stripped.
    len: usize,
}

/// What is asked of a payload of pattern 4.
#[derive(Clone, Copy)]
struct Demands {
    limit: u64,
    utf8: bool,
    filled: bool,
}

/// Pattern 4.
///
/// The whole stream is cut into lines first. Only where one of them is wrong, or the last one has no end, it is asked when that
/// became certain, by trying how each beginning of the stream could have gone on.
fn delimited(framing: &Framing, lines: &Lines, wire: &[u8]) -> (Vec<Event>, Ending) {
    let demands = Demands {
        limit: limit(framing),
        utf8: framing.charset == Charset::Utf8,
        filled: framing.empty == Empty::Reject,
    };
    let (mut found, rest) = lines.cut(wire);
    let fault = found
        .iter()
        .enumerate()
        .find_map(|(n, line)| Some((n, lines.fault(wire, line, demands)?)));
    let good = fault.map_or(found.len(), |(n, _)| n);
    if fault.is_none() && rest.is_none() {
        return (line_events(framing, &found), Ending::Clean);
    }
    let from = found.get(good).map(|line| line.start).or(rest);
    let certain = lines.certain(wire, &found, from.unwrap_or(0), demands);
    found.truncate(good);
    let ending = match (certain, fault) {
        (Some(at), _) => {
            let decided = |line: &Line| lines.is_decided(line, &wire[..=at]);
            let count = found.iter().take_while(|line| decided(line)).count();
            found.truncate(count);
            ending(at, lines.reason(&wire[..=at], demands))
        }
        (None, Some((_, why))) => ending(wire.len(), why),
        (None, None) => Halt::Short.ending(from.unwrap_or(0)),
    };
    (line_events(framing, &found), ending)
}

fn line_events(framing: &Framing, lines: &[Line]) -> Vec<Event> {
    lines
        .iter()
        .map(|line| span(line.start, line.end, line.start, offset(line.len)))
        .filter(|span| is_reported(framing, span.len))
        .map(Event::Frame)
        .collect()
}

impl Lines<'_> {
    /// All lines of an ended stream, and the start of bytes that are none.
    fn cut(&self, wire: &[u8]) -> (Vec<Line>, Option<usize>) {
        let mut lines = Vec::new();
        let mut start = 0;
        while let Some((place, end)) = self.next(wire, start) {
            lines.push(self.line(wire, start, place, end));
            start = end;
        }
        if start == wire.len() {
            return (lines, None);
        }
        if !self.last_is_frame {
            return (lines, Some(start));
        }
        lines.push(self.line(wire, start, wire.len(), wire.len()));
        (lines, None)
    }

    /// The place and the end of the delimiter that ends the line from `start` on.
    fn next(&self, wire: &[u8], start: usize) -> Option<(usize, usize)> {
        (start..wire.len()).find_map(|place| {
            let here = |delimiter: &&Vec<u8>| wire[place..].starts_with(delimiter);
            let len = self.delimiters.iter().filter(here).map(Vec::len).max()?;
            Some((place, place + len))
        })
    }

    fn line(&self, wire: &[u8], start: usize, place: usize, end: usize) -> Line {
        let stripped = match wire[start..place].ends_with(self.strip) {
            true => self.strip.len(),
            false => 0,
        };
        Line {
            start,
            place,
            end,
            len: place - start - stripped,
        }
    }

    fn fault(&self, wire: &[u8], line: &Line, demands: Demands) -> Option<Why> {
        let payload = &wire[line.start..line.start + line.len];
        if offset(line.len) > demands.limit {
            Some(Why::Oversize)
        } else if demands.utf8 && missing_utf8(payload) != Some(0) {
            Some(Why::NotUtf8)
        } else if demands.filled && payload.is_empty() {
            Some(Why::Empty)
        } else {
            None
        }
    }

    /// Whether all streams that begin with `seen` have this line.
    fn is_decided(&self, line: &Line, seen: &[u8]) -> bool {
        let open = |place: usize| {
            let after = &seen[place..];
            self.delimiters
                .iter()
                .any(|delimiter| delimiter.len() > after.len() && delimiter.starts_with(after))
        };
        line.end <= seen.len() && !(line.start..=line.place).any(open)
    }

    /// The first byte after which the stream cannot become clean; the line that is in doubt begins at `from`.
    fn certain(&self, wire: &[u8], lines: &[Line], from: usize, demands: Demands) -> Option<usize> {
        let longest = self.delimiters.iter().map(Vec::len).max().unwrap_or(0);
        // The lines before this one are decided in every beginning that is tried, and need not be walked again.
        let base = lines
            .iter()
            .map(|line| line.start)
            .rfind(|start| start + 4 * longest <= from)
            .filter(|&base| self.is_viable(&wire[base..base + longest], demands));
        let (base, alive) = base.map_or((0, 0), |base| (base, base + longest));
        first_dead(alive, wire.len(), |n| {
            !self.is_viable(&wire[base..n], demands)
        })
    }

    /// Whether some continuation makes this beginning a clean stream.
    fn is_viable(&self, beginning: &[u8], demands: Demands) -> bool {
        let mut wire = beginning.to_vec();
        self.continuations(beginning, demands).iter().any(|bytes| {
            wire.truncate(beginning.len());
            wire.extend_from_slice(bytes);
            let (lines, rest) = self.cut(&wire);
            let mut faults = lines.iter().map(|line| self.fault(&wire, line, demands));
            rest.is_none() && faults.all(|fault| fault.is_none())
        })
    }

    /// The continuations that matter: what a payload may lack, then the rest of what is stripped, then the rest of a delimiter.
    fn continuations(&self, beginning: &[u8], demands: Demands) -> Vec<Vec<u8>> {
        let strips: Vec<&[u8]> = suffixes(self.strip).collect();
        let mut ends: Vec<&[u8]> = self.delimiters.iter().flat_map(|d| suffixes(d)).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut all = Vec::new();
        for fill in self.fills(beginning, demands) {
            for strip in &strips {
                all.extend(ends.iter().map(|end| [&fill, *strip, *end].concat()));
            }
        }
        all
    }

    /// Nothing, one byte of payload, and all that can complete a character.
    fn fills(&self, beginning: &[u8], demands: Demands) -> Vec<Vec<u8>> {
        let mut fills = vec![Vec::new()];
        fills.extend(self.unused(0x00..=0x7f).map(|byte| vec![byte]));
        let last = &beginning[beginning.len().saturating_sub(3)..];
        let lead = last.iter().rposition(|&byte| byte >= 0xc0);
        let needed = lead.and_then(|lead| missing_utf8(&last[lead..]));
        if !demands.utf8 || needed.is_none_or(|needed| needed == 0) {
            return fills;
        }
        let mut longer = vec![Vec::new()];
        for _ in 0..needed.unwrap_or(0) {
            longer = self.each_continued(&longer);
        }
        fills.extend(longer);
        fills
    }

    /// Each with one more byte of a character, of those that make a difference.
    fn each_continued(&self, fills: &[Vec<u8>]) -> Vec<Vec<u8>> {
        // The second byte of a character may be confined to one of these ranges.
        let ranges = [0x80..=0x8f, 0x90..=0x9f, 0xa0..=0xbf];
        let mut bytes: Vec<u8> = ranges
            .into_iter()
            .flat_map(|range| self.unused(range))
            .collect();
        bytes.extend(self.used().filter(|byte| (0x80..0xc0).contains(byte)));
        let with = |fill: &Vec<u8>, byte: u8| [&fill[..], &[byte]].concat();
        let more = |fill| bytes.iter().map(move |&byte| with(fill, byte));
        fills.iter().flat_map(more).collect()
    }

    /// A byte of the range that neither a delimiter nor `strip` has: all such bytes are alike.
    fn unused(&self, mut range: std::ops::RangeInclusive<u8>) -> impl Iterator<Item = u8> {
        range
            .find(|&byte| self.used().all(|other| other != byte))
            .into_iter()
    }

    fn used(&self) -> impl Iterator<Item = u8> {
        self.delimiters.iter().flatten().chain(self.strip).copied()
    }

    /// Why a beginning that is not viable is not.
    ///
    /// Where every continuation is too long or not UTF-8, but not all of them are one of the two, it is too long: more bytes
    /// would have completed the character.
    fn reason(&self, beginning: &[u8], demands: Demands) -> Why {
        let lax = Demands {
            filled: false,
            ..demands
        };
        let any_bytes = Demands { utf8: false, ..lax };
        let any_length = Demands {
            limit: u64::MAX,
            ..lax
        };
        if self.is_viable(beginning, lax) {
            Why::Empty
        } else if self.is_viable(beginning, any_bytes) && !self.is_viable(beginning, any_length) {
            Why::NotUtf8
        } else {
            Why::Oversize
        }
    }
}

/// All ends of `bytes`, from the whole to nothing.
fn suffixes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..=bytes.len()).map(|from| &bytes[from..])
}

/// Pattern 5.
fn prefixed(framing: &Framing, prefix: &Prefix, wire: &[u8]) -> (Vec<Event>, Ending) {
    let mut events = Vec::new();
    let mut start = 0;
    while start < wire.len() {
        match message(framing, prefix, wire, start) {
            Ok((frame, end)) => {
                events.extend(is_reported(framing, frame.len).then_some(Event::Frame(frame)));
                start = end;
            }
            Err(halt) => return (events, halt.ending(start)),
        }
    }
    (events, Ending::Clean)
}

fn message(
    framing: &Framing,
    prefix: &Prefix,
    wire: &[u8],
    start: usize,
) -> Result<(Span, usize), Halt> {
    let wanted = Wanted::message(framing, prefix);
    let (value, body) = header(prefix, Extensions::None, &wanted, wire, start)?;
    let len = wanted.payload(value);
    let (payload, whole) = payload(wire, body, len);
    if let Some(bad) = not_utf8(framing, payload, len) {
        return Err(Halt::at(body + bad, Why::NotUtf8));
    }
    let end = exact(wire, whole?, &prefix.trailer, Why::Trailer)?;
    Ok((span(start, end, body, len), end))
}

/// What there is of a payload, and where it ends if it does.
fn payload(wire: &[u8], body: usize, len: u64) -> (&[u8], Result<usize, Halt>) {
    let rest = &wire[body..];
    let end = usize::try_from(len).ok().filter(|&len| len <= rest.len());
    match end {
        Some(len) => (&rest[..len], Ok(body + len)),
        None => (rest, Err(Halt::Short)),
    }
}

fn byte(wire: &[u8], at: usize) -> Result<u8, Halt> {
    wire.get(at).copied().ok_or(Halt::Short)
}

/// Passes over exact bytes.
fn exact(wire: &[u8], at: usize, bytes: &[u8], why: Why) -> Result<usize, Halt> {
    for (at, &expected) in (at..).zip(bytes) {
        if byte(wire, at)? != expected {
            return Err(Halt::at(at, why));
        }
    }
    Ok(at + bytes.len())
}

/// Passes over all bytes of a kind.
fn skip(wire: &[u8], mut at: usize, kind: impl Fn(u8) -> bool) -> Result<usize, Halt> {
    while kind(byte(wire, at)?) {
        at += 1;
    }
    Ok(at)
}

/// Which values of a length field are acceptable. Wide enough that no sum overflows.
struct Wanted {
    /// The smallest and the largest, none where they have passed each other.
    low: i128,
    high: i128,
    /// The value 0 is acceptable, whatever the others are: it ends a series.
    zero: bool,
    /// The value 0 is not adjusted.
    in_series: bool,
    adjust: i128,
    limit: i128,
    /// What an unacceptable value is that is not over the limit.
    small: Why,
}

/// The values `first`, `first + step` and so on up to `last`.
struct Values {
    first: i128,
    step: i128,
    last: i128,
}

impl Values {
    fn one(value: i128) -> Self {
        Self {
            first: value,
            step: 1,
            last: value,
        }
    }
}

impl Wanted {
    /// For payloads of `least` bytes or more.
    fn at_least(framing: &Framing, prefix: &Prefix, least: i128) -> Self {
        let (adjust, limit) = (i128::from(prefix.adjust), i128::from(limit(framing)));
        Self {
            low: (least - adjust).max(0),
            high: (limit - adjust).min(u64::MAX.into()),
            zero: false,
            in_series: false,
            adjust,
            limit,
            small: Why::TooSmall,
        }
    }

    fn message(framing: &Framing, prefix: &Prefix) -> Self {
        Self::at_least(framing, prefix, (framing.empty == Empty::Reject).into())
    }

    fn takes(&self, values: &Values) -> bool {
        let steps = (self.low - values.first + values.step - 1).div_euclid(values.step);
        let nearest = values.first + steps.max(0) * values.step;
        self.zero && values.first == 0 || nearest <= values.last.min(self.high)
    }

    /// That the value can still become acceptable, after the byte at `at`.
    fn check(&self, at: usize, could: &[Values]) -> Result<(), Halt> {
        if could.iter().any(|values| self.takes(values)) {
            return Ok(());
        }
        let smallest = could.iter().map(|values| values.first).min().unwrap_or(0);
        let ends_series = self.in_series && smallest == 0;
        let over = smallest > u64::MAX.into() || smallest + self.adjust > self.limit;
        match over && !ends_series {
            true => Err(Halt::at(at, Why::Oversize)),
            false => Err(Halt::at(at, self.small)),
        }
    }

    /// The bytes of payload after an acceptable value.
    fn payload(&self, value: u64) -> u64 {
        u64::try_from(i128::from(value) + self.adjust).unwrap_or(0)
    }
}

/// The value of the length and where the payload begins.
fn header(
    prefix: &Prefix,
    extensions: Extensions,
    wanted: &Wanted,
    wire: &[u8],
    start: usize,
) -> Result<(u64, usize), Halt> {
    let at = lead(prefix, wanted, wire, start)?;
    match &prefix.length {
        &Length::Uint { width, endian } => uint(width.into(), endian, wanted, wire, at),
        &Length::Varint { canonical } => varint(canonical, wanted, wire, at),
        Length::Digits { radix, stop } => match stop {
            Stop::End { end, zeros } => {
                let (value, at) = digits(*radix, end[0], *zeros, extensions, wanted, wire, at)?;
                Ok((value, exact(wire, at, end, Why::Digit)?))
            }
            Stop::Width(width) => padded_digits(*radix, (*width).into(), wanted, wire, at),
        },
        Length::Field { name } => field(name, wanted, wire, at),
    }
}

fn lead(prefix: &Prefix, wanted: &Wanted, wire: &[u8], start: usize) -> Result<usize, Halt> {
    byte(wire, start)?;
    let before_length =
        prefix.lead != Lead::Free(0) || matches!(prefix.length, Length::Field { .. });
    if before_length {
        // Where no length at all is acceptable, that is certain before there is one.
        wanted.check(start, &[every(&prefix.length)])?;
    }
    match &prefix.lead {
        Lead::Exact(bytes) => exact(wire, start, bytes, Why::Header),
        Lead::Free(count) => payload(wire, start, *count).1,
    }
}

/// All values that a length field can have.
fn every(length: &Length) -> Values {
    let count = match length {
        Length::Uint { width, .. } => 1 << (8 * width),
        Length::Digits {
            radix,
            stop: Stop::Width(width),
        } => base(*radix).pow((*width).into()),
        _ => 1 << 64,
    };
    Values {
        first: 0,
        step: 1,
        last: count - 1,
    }
}

fn uint(
    width: usize,
    endian: Endian,
    wanted: &Wanted,
    wire: &[u8],
    at: usize,
) -> Result<(u64, usize), Halt> {
    let mut value = 0;
    for seen in 0..width {
        let next = i128::from(byte(wire, at + seen)?);
        let open = 1_i128 << (8 * (width - seen - 1));
        let could = match endian {
            Endian::Big => {
                value += next * open;
                Values {
                    first: value,
                    step: 1,
                    last: value + open - 1,
                }
            }
            Endian::Little => {
                value += next << (8 * seen);
                let step = 1_i128 << (8 * (seen + 1));
                Values {
                    first: value,
                    step,
                    last: value + step * (open - 1),
                }
            }
        };
        wanted.check(at + seen, &[could])?;
    }
    Ok((value as u64, at + width))
}

fn varint(
    canonical: bool,
    wanted: &Wanted,
    wire: &[u8],
    start: usize,
) -> Result<(u64, usize), Halt> {
    let mut value = 0;
    for seen in 0.. {
        let (at, next) = (start + seen, byte(wire, start + seen)?);
        value += i128::from(next & 0x7f) << (7 * seen);
        if next < 0x80 {
            if canonical && seen > 0 && next == 0 {
                return Err(Halt::at(at, Why::NotCanonical));
            }
            wanted.check(at, &[Values::one(value)])?;
            return Ok((value as u64, at + 1));
        }
        if seen == 9 {
            return Err(Halt::at(at, Why::VarintTooLong));
        }
        let step = 1_i128 << (7 * (seen + 1));
        let could = Values {
            first: if canonical { value + step } else { value },
            step,
            last: value + (1 << 64) - step,
        };
        wanted.check(at, &[could])?;
    }
    unreachable!("the tenth byte is the last")
}

fn base(radix: Radix) -> i128 {
    match radix {
        Radix::Decimal => 10,
        Radix::Hex => 16,
    }
}

fn digit(radix: Radix, byte: u8) -> Option<i128> {
    let digit = char::from(byte).to_digit(base(radix) as u32)?;
    Some(digit.into())
}

/// The value of digits, and where they end: before `end`, and with `http` before an extension as well.
fn digits(
    radix: Radix,
    end: u8,
    zeros: bool,
    extensions: Extensions,
    wanted: &Wanted,
    wire: &[u8],
    start: usize,
) -> Result<(u64, usize), Halt> {
    let http = extensions == Extensions::Http;
    let ends = |byte| byte == end || http && (byte == b';' || is_blank(byte));
    let (value, at) = open_digits(radix, zeros, ends, wanted, wire, start)?;
    match http {
        true => Ok((value, chunk_extensions(wire, at)?)),
        false => Ok((value, at)),
    }
}

/// Digits, at least one, up to the first byte that ends them.
fn open_digits(
    radix: Radix,
    zeros: bool,
    ends: impl Fn(u8) -> bool,
    wanted: &Wanted,
    wire: &[u8],
    start: usize,
) -> Result<(u64, usize), Halt> {
    let mut value = 0;
    for at in start.. {
        let next = byte(wire, at)?;
        match digit(radix, next) {
            Some(_) if at > start && value == 0 && !zeros => {
                return Err(Halt::at(at, Why::LeadingZero));
            }
            Some(digit) => {
                value = value * base(radix) + digit;
                let grows = zeros || value > 0;
                wanted.check(at, &after_digits(radix, value, grows, wanted.high))?;
            }
            None if at > start && ends(next) => {
                wanted.check(at, &[Values::one(value)])?;
                return Ok((value as u64, at));
            }
            None => return Err(Halt::at(at, Why::Digit)),
        }
    }
    unreachable!("a slice ends before the numbers do")
}

/// What digits can become: what they are, or with one digit more, or two and so on, as far as that matters.
fn after_digits(radix: Radix, value: i128, grows: bool, high: i128) -> Vec<Values> {
    let mut could = vec![Values::one(value)];
    let (mut first, mut count) = (value, 1);
    while grows && first + count - 1 < high {
        first *= base(radix);
        count *= base(radix);
        could.push(Values {
            first,
            step: 1,
            last: first + count - 1,
        });
    }
    could
}

fn padded_digits(
    radix: Radix,
    width: usize,
    wanted: &Wanted,
    wire: &[u8],
    start: usize,
) -> Result<(u64, usize), Halt> {
    let mut value = 0;
    let mut open = base(radix).pow(width as u32);
    for at in start..start + width {
        let digit = digit(radix, byte(wire, at)?).ok_or(Halt::at(at, Why::Digit))?;
        open /= base(radix);
        value += digit * open;
        let could = Values {
            first: value,
            step: 1,
            last: value + open - 1,
        };
        wanted.check(at, &[could])?;
    }
    Ok((value as u64, start + width))
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

/// The value of the length's line, and the offset behind the empty line.
fn field(name: &str, wanted: &Wanted, wire: &[u8], start: usize) -> Result<(u64, usize), Halt> {
    let mut length = None;
    let mut at = start;
    while byte(wire, at)? != b'\r' {
        let colon = field_name(wire, at)?;
        if !wire[at..colon].eq_ignore_ascii_case(name.as_bytes()) {
            at = field_value(wire, colon + 1)?;
        } else if length.is_some() {
            return Err(Halt::at(colon, Why::DuplicateField));
        } else {
            let (value, end) = field_length(wanted, wire, colon + 1)?;
            length = Some(value);
            at = end;
        }
    }
    let value = length.ok_or(Halt::at(at, Why::MissingField))?;
    Ok((value, exact(wire, at, b"\r\n", Why::FieldSyntax)?))
}

/// The place of the colon.
fn field_name(wire: &[u8], at: usize) -> Result<usize, Halt> {
    let colon = skip(wire, at, is_token)?;
    match wire[colon] == b':' && colon > at {
        true => Ok(colon),
        false => Err(Halt::at(colon, Why::FieldSyntax)),
    }
}

fn field_value(wire: &[u8], at: usize) -> Result<usize, Halt> {
    let end = skip(wire, at, is_text)?;
    exact(wire, end, b"\r\n", Why::FieldSyntax)
}

fn field_length(wanted: &Wanted, wire: &[u8], at: usize) -> Result<(u64, usize), Halt> {
    let start = skip(wire, at, is_blank)?;
    let ends = |byte| byte == b'\r' || is_blank(byte);
    let (value, at) = open_digits(Radix::Decimal, true, ends, wanted, wire, start)?;
    let end = skip(wire, at, is_blank)?;
    Ok((value, exact(wire, end, b"\r\n", Why::FieldSyntax)?))
}

/// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`: where the line's CR must stand.
fn chunk_extensions(wire: &[u8], start: usize) -> Result<usize, Halt> {
    let mut at = start;
    loop {
        let next = skip(wire, at, is_blank)?;
        match wire[next] {
            b';' => at = chunk_extension(wire, next + 1)?,
            b'\r' if next == at => return Ok(at),
            _ => return Err(Halt::at(next, Why::ExtensionSyntax)),
        }
    }
}

/// What follows a semicolon.
fn chunk_extension(wire: &[u8], at: usize) -> Result<usize, Halt> {
    let name = token(wire, skip(wire, at, is_blank)?)?;
    let equals = skip(wire, name, is_blank)?;
    if wire[equals] != b'=' {
        return Ok(name);
    }
    let value = skip(wire, equals + 1, is_blank)?;
    match wire[value] {
        b'"' => quoted(wire, value + 1),
        _ => token(wire, value),
    }
}

fn token(wire: &[u8], at: usize) -> Result<usize, Halt> {
    let end = skip(wire, at, is_token)?;
    match end > at {
        true => Ok(end),
        false => Err(Halt::at(at, Why::ExtensionSyntax)),
    }
}

/// The rest of a quoted-string after its first quote: RFC 9110 section 5.6.4.
fn quoted(wire: &[u8], mut at: usize) -> Result<usize, Halt> {
    loop {
        at = match byte(wire, at)? {
            b'"' => return Ok(at + 1),
            b'\\' => at + 1,
            _ => at,
        };
        if !is_text(byte(wire, at)?) {
            return Err(Halt::at(at, Why::ExtensionSyntax));
        }
        at += 1;
    }
}

/// `*( token ":" field-value CRLF ) CRLF`.
fn trailer_section(wire: &[u8], mut at: usize) -> Result<usize, Halt> {
    while byte(wire, at)? != b'\r' {
        at = field_value(wire, field_name(wire, at)? + 1)?;
    }
    exact(wire, at, b"\r\n", Why::FieldSyntax)
}

/// Pattern 6, with what it has found so far.
struct Blocks<'a> {
    framing: &'a Framing,
    prefix: &'a Prefix,
    unit: Unit,
    extensions: Extensions,
    wire: &'a [u8],
    events: Vec<Event>,
    /// The bytes before belong to complete frames.
    from: usize,
}

/// The blocks of a series that has not ended.
#[derive(Default)]
struct Joined {
    /// The first byte of payload.
    first: Option<usize>,
    len: u64,
    /// The beginning of a character that the next block must go on with.
    open: Vec<u8>,
    /// A block was over `max`.
    dropped: bool,
}

impl Blocks<'_> {
    fn decode(mut self, series: Series) -> (Vec<Event>, Ending) {
        let mut at = 0;
        while at < self.wire.len() {
            match self.series(at) {
                Ok(end) => at = end,
                Err(halt) => return (self.events, halt.ending(self.from)),
            }
            if series == Series::One {
                break;
            }
        }
        (self.events, Ending::Clean)
    }

    /// Reads one series and says where it ends.
    fn series(&mut self, start: usize) -> Result<usize, Halt> {
        let mut joined = Joined::default();
        let mut at = start;
        loop {
            let wanted = self.wanted(&joined);
            let (value, body) = header(self.prefix, self.extensions, &wanted, self.wire, at)?;
            if value == 0 {
                return self.done(start, body, &joined);
            }
            at = self.block(at, body, wanted.payload(value), &mut joined)?;
        }
    }

    fn wanted(&self, joined: &Joined) -> Wanted {
        let rejects = self.framing.empty == Empty::Reject;
        if self.unit == Unit::Block {
            return Wanted {
                zero: true,
                ..self.blocks_of(rejects.into())
            };
        }
        let (open, empty) = (!joined.open.is_empty(), rejects && joined.len == 0);
        let zero = !open && !empty;
        // More blocks help only where one of them can have payload.
        let filled = self.blocks_of(1);
        let hopeless = !zero && !filled.takes(&every(&self.prefix.length));
        Wanted {
            zero,
            small: match (open, empty) {
                (true, _) => Why::NotUtf8,
                (false, true) => Why::Empty,
                (false, false) => Why::TooSmall,
            },
            ..if hopeless { filled } else { self.blocks_of(0) }
        }
    }

    fn blocks_of(&self, least: i128) -> Wanted {
        let wanted = Wanted::at_least(self.framing, self.prefix, least);
        Wanted {
            low: wanted.low.max(1),
            in_series: true,
            ..wanted
        }
    }

    /// Reads the rest of a block and says where it ends.
    fn block(
        &mut self,
        start: usize,
        body: usize,
        len: u64,
        joined: &mut Joined,
    ) -> Result<usize, Halt> {
        let (payload, whole) = payload(self.wire, body, len);
        let bad = match self.unit {
            Unit::Block => not_utf8(self.framing, payload, len),
            Unit::Series => joined.read(self.framing, payload),
        };
        if let Some(bad) = bad {
            return Err(Halt::at(body + bad, Why::NotUtf8));
        }
        let end = exact(self.wire, whole?, &self.prefix.trailer, Why::Trailer)?;
        joined.first = joined.first.or((len > 0).then_some(body));
        joined.len += len;
        joined.dropped |= is_dropped(self.framing, len);
        let reported = match self.unit {
            Unit::Block => is_reported(self.framing, len),
            Unit::Series => !joined.dropped,
        };
        if reported {
            self.events.push(Event::Block(span(start, end, body, len)));
        }
        if self.unit == Unit::Block {
            self.from = end;
        }
        Ok(end)
    }

    /// Reads what follows the ending zero of the series that began at `start`.
    fn done(&mut self, start: usize, body: usize, joined: &Joined) -> Result<usize, Halt> {
        let end = match self.extensions {
            Extensions::None => exact(self.wire, body, &self.prefix.trailer, Why::Trailer)?,
            Extensions::Http => trailer_section(self.wire, body)?,
        };
        let skipped = joined.len == 0 && self.framing.empty == Empty::Skip;
        if self.unit == Unit::Series && !joined.dropped && !skipped {
            let payload = joined.first.unwrap_or(end);
            let frame = span(start, end, payload, joined.len);
            self.events.push(Event::Frame(frame));
        }
        self.events.push(Event::Done { at: offset(end) });
        self.from = end;
        Ok(end)
    }
}

impl Joined {
    /// Goes on with the text of the blocks before, and gives the first byte of `payload` after which it is none.
    fn read(&mut self, framing: &Framing, payload: &[u8]) -> Option<usize> {
        if framing.charset == Charset::Any {
            return None;
        }
        let before = self.open.len();
        let text = [&self.open, payload].concat();
        if let Some(bad) = not_utf8(framing, &text, u64::MAX) {
            return Some(bad - before);
        }
        let whole = std::str::from_utf8(&text).map_or_else(|bad| bad.valid_up_to(), str::len);
        self.open = text[whole..].to_vec();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::unescape;
    use super::*;

    /// A framing, a stream, its events (`start..end@offset+len`, with a `b` before a block's) and its ending.
    type Row = (&'static str, &'static str, &'static str, &'static str);

    /// Thought out by hand from `docs/framings.md` and from the documents of the protocols, not taken from any decoder.
    #[rustfmt::skip]
    const ROWS: &[Row] = &[
        // Patterns 1 and 2.
        ("eof", "", "0..0@0+0", "clean"),
        ("half-close", "abc", "0..3@0+3", "clean"),
        ("eof,empty=skip", "", "", "clean"),
        ("eof,empty=reject", "", "", "malformed 0"),
        ("eof,max=3", "abc", "0..3@0+3", "clean"),
        ("eof,max=3", "abcde", "", "oversize 3"),
        ("eof,max=3,oversize=discard", "abcde", "", "clean"),
        ("eof,charset=utf-8", r"a\xc3\xa9", "0..3@0+3", "clean"),
        ("eof,charset=utf-8", r"a\xc3", "", "malformed 2"),
        ("eof,charset=utf-8", r"a\xc3z", "", "malformed 2"),
        ("eof,charset=utf-8", r"a\xe0\x80\x80", "", "malformed 2"),
        ("eof,charset=utf-8", r"a\xffzz", "", "malformed 1"),
        ("eof,charset=utf-8,max=2", r"aa\xff", "", "oversize 2"),
        ("eof,charset=utf-8,max=2,oversize=discard", r"aa\xff", "", "malformed 2"),
        ("eof,charset=utf-8,max=3", r"aa\xe2\x82\xac", "", "oversize 2"),
        // Pattern 3.
        ("fixed:2", "", "", "clean"),
        ("fixed:2", "abcd", "0..2@0+2 2..4@2+2", "clean"),
        ("fixed:2", "abc", "0..2@0+2", "truncated 2"),
        ("fixed:2,tail=frame", "abc", "0..2@0+2 2..3@2+1", "clean"),
        ("fixed:4,tail=pad: ", "abcde", "0..4@0+4 4..5@4+4", "clean"),
        (r"fixed:4,tail=pad:\0", "abcd", "0..4@0+4", "clean"),
        ("fixed:2,charset=utf-8", r"a\xc3\xa9b", "", "malformed 1"),
        ("fixed:2,charset=utf-8", r"\xc3\xa9\xc3", "0..2@0+2", "truncated 2"),
        ("fixed:2,charset=utf-8,tail=frame", r"\xc3\xa9\xc3", "0..2@0+2", "malformed 3"),
        ("fixed:2,charset=utf-8,tail=pad:a", r"\xc3\xa9\xc3", "0..2@0+2", "malformed 3"),
        // Pattern 4.
        ("crlf", r"a\r\n\r\nb\nc\r\n", "0..3@0+1 3..5@3+0 5..10@5+3", "clean"),
        ("crlf", r"a\r\nb\r", "0..3@0+1", "truncated 3"),
        ("crlf", r"a\r\r\n", "0..4@0+2", "clean"),
        (r"delimited:\r\r\n", r"a\r\r\r\n", "0..5@0+2", "clean"),
        ("lines", r"a\r\nb\n\rc", "0..3@0+1 3..5@3+1 5..7@5+2", "clean"),
        ("lines", r"a\r", "0..2@0+1", "clean"),
        ("lines", r"a\r\r\n", "0..4@0+2", "clean"),
        ("lines", r"a\n", "0..2@0+1", "clean"),
        ("telnet-lines", r"a\rb\r\nc\nd\r", "0..2@0+1 2..5@2+1 5..7@5+1 7..9@7+1", "clean"),
        ("telnet-lines,empty=reject", r"a\r\r", "0..2@0+1", "malformed 2"),
        ("telnet-lines,empty=reject", r"a\n\r\n", "0..2@0+1", "malformed 2"),
        ("nul,empty=skip", r"\0a\0\0b\0", "1..3@1+1 4..6@4+1", "clean"),
        (r"delimited:\n,empty=reject", r"a\n\n", "0..2@0+1", "malformed 2"),
        (r"delimited:\r\n,empty=reject", r"\r\n", "", "malformed 1"),
        (r"delimited:\n,strip=\r,empty=reject", r"\r\n", "", "malformed 1"),
        (r"delimited:\n,max=3", r"abc\nabcd\n", "0..4@0+3", "oversize 7"),
        (r"delimited:\r\n,max=3", r"abc\rd\r\n", "", "oversize 4"),
        (r"delimited:\r\n,max=3", r"abc\r\r\n", "", "oversize 4"),
        (r"delimited:\n,strip=\r,max=3", r"abc\r\nabc\r\r\n", "0..5@0+3", "oversize 9"),
        (r"delimited:\n,strip=\r,max=3", r"abcd\n", "", "oversize 3"),
        (r"delimited:\n,max=3,oversize=discard", r"abcd\nab\n", "5..8@5+2", "clean"),
        (r"delimited:\n,max=3,oversize=discard", r"ab\nabcd", "0..3@0+2", "truncated 3"),
        (r"delimited:\n,max=3,oversize=discard,tail=frame", r"ab\nabcd", "0..3@0+2", "clean"),
        (r"delimited:\r\n,max=3,tail=frame", r"abc\r", "", "oversize 4"),
        (r"delimited:\r\n,max=3,tail=truncated", r"abc\r", "", "truncated 0"),
        ("delimited:abc|b", "xab", "0..3@0+2", "clean"),
        ("delimited:abc|b,max=1", "xab", "", "oversize 3"),
        ("delimited:abc|b,max=1", "xabb", "", "oversize 3"),
        ("delimited:abbc|b,empty=reject", "abbb", "", "malformed 2"),
        ("delimited:abbc|b,empty=reject", "xbabbb", "0..2@0+1", "malformed 4"),
        (r"delimited:ab|abcd", "xabcxabcd", "0..3@0+1 3..9@3+2", "clean"),
        (r"delimited:\n,charset=utf-8", r"\xc3\xa9\n\xc3\n", "0..3@0+2", "malformed 4"),
        (r"delimited:\n,charset=utf-8", r"\xc3\xa9\n\xc3", "0..3@0+2", "truncated 3"),
        (r"delimited:\n,charset=utf-8,tail=frame", r"\xc3\xa9\n\xc3", "0..3@0+2", "malformed 4"),
        (r"delimited:\n,charset=utf-8,max=2,oversize=discard", r"aaa\xff\n", "", "malformed 3"),
        // Pattern 5: netstrings, as D. J. Bernstein has them.
        ("netstring", "12:hello world!,", "0..16@3+12", "clean"),
        ("netstring", "0:,", "0..3@2+0", "clean"),
        ("netstring", "3:abc,0:,", "0..6@2+3 6..9@8+0", "clean"),
        ("netstring", "3:abc;", "", "malformed 5"),
        ("netstring", "03:abc,", "", "malformed 1"),
        ("netstring", ":,", "", "malformed 0"),
        ("netstring", "3 :abc,", "", "malformed 1"),
        ("netstring", "3:ab", "", "truncated 0"),
        ("netstring", "3:abc,1", "0..6@2+3", "truncated 6"),
        ("netstring,max=64", "64", "", "truncated 0"),
        ("netstring,max=64", "65", "", "oversize 1"),
        ("netstring,max=64", "7", "", "truncated 0"),
        ("netstring,max=64", "640", "", "oversize 2"),
        ("netstring,max=3,oversize=discard", "4:abcd,1:a,", "7..11@9+1", "clean"),
        ("netstring,max=none", "18446744073709551615:", "", "truncated 0"),
        ("netstring,max=none", "18446744073709551616:", "", "oversize 19"),
        // RFC 6587 section 3.4.1.
        ("syslog-octet", "5 <1>hi3 <1>", "0..7@2+5 7..12@9+3", "clean"),
        ("syslog-octet", "0 ", "", "malformed 0"),
        ("syslog-octet", "05 ", "", "malformed 0"),
        // Redis bulk strings.
        ("resp-bulk", r"$5\r\nhello\r\n", "0..11@4+5", "clean"),
        ("resp-bulk", r"$-1\r\n", "", "malformed 1"),
        ("resp-bulk", r"*1\r\n", "", "malformed 0"),
        ("resp-bulk", r"$5\rh", "", "malformed 3"),
        // Binary lengths.
        ("prefixed:u8", r"\x03abc\0", "0..4@1+3 4..5@5+0", "clean"),
        ("prefixed:u8,empty=skip", r"\0\x01a", "1..3@2+1", "clean"),
        ("prefixed:u16be,empty=reject", r"\0\0", "", "malformed 1"),
        ("prefixed:u32be,max=5", r"\0\0\x01\0", "", "oversize 2"),
        ("prefixed:u32be,max=5", r"\0\0\0\x06", "", "oversize 3"),
        ("prefixed:u16le,max=5", r"\x06\0", "", "oversize 0"),
        ("prefixed:u16le,max=5", r"\x05\x01", "", "oversize 1"),
        ("prefixed:u24le", r"\x01\0\0ab", "0..4@3+1", "truncated 4"),
        ("prefixed:u64be,max=none", r"\xff\xff\xff\xff\xff\xff\xff\xffa", "", "truncated 0"),
        ("prefixed:u64be,adjust=+1,max=none", r"\xff\xff\xff\xff\xff\xff\xff\xff", "", "oversize 7"),
        ("postgres", r"Q\0\0\0\x05aX\0\0\0\x04", "0..6@5+1 6..11@11+0", "clean"),
        ("postgres", r"Q\0\0\0\x03", "", "malformed 4"),
        ("tpkt", r"\x03\0\0\x05a", "0..5@4+1", "clean"),
        ("tpkt", r"\x03\x01", "", "malformed 1"),
        ("amqp", r"\x01\0\0\0\0\0\x01a\xce", "0..9@7+1", "clean"),
        ("prefixed:u16be,max=0,empty=reject,offset=2", "a", "", "malformed 0"),
        ("prefixed:u8,adjust=+6,max=5,offset=2", "a", "", "oversize 0"),
        ("prefixed:u8,charset=utf-8", r"\x02\xc3\xa9\x01\xc3", "0..3@1+2", "malformed 4"),
        ("prefixed:u8,charset=utf-8,max=1,oversize=discard", r"\x02\xc3\xa9\x02\xc3z", "", "malformed 5"),
        // LEB128: 624485 is the example of DWARF 5 section 7.6.
        ("prefixed:varint", r"\x01a\x80\x01", "0..2@1+1", "truncated 2"),
        ("prefixed:varint,max=624485", r"\xe5\x8e\x26", "", "truncated 0"),
        ("prefixed:varint,max=624484", r"\xe5\x8e\x26", "", "oversize 2"),
        ("prefixed:varint", r"\x81\0a", "0..3@2+1", "clean"),
        ("prefixed:varint,canonical=require", r"\x81\0a", "", "malformed 1"),
        ("prefixed:varint,canonical=require,max=127", r"\x80\x01", "", "oversize 0"),
        ("prefixed:varint", r"\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", "0..10@10+0", "clean"),
        ("prefixed:varint", r"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", "", "malformed 9"),
        ("prefixed:varint,max=none", r"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "", "truncated 0"),
        ("prefixed:varint,max=none", r"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "", "oversize 9"),
        // Digits of fixed width.
        ("prefixed:decimal,width=3", "003abc", "0..6@3+3", "clean"),
        ("prefixed:decimal,width=3", "3 abc", "", "malformed 1"),
        ("prefixed:hex,width=2,max=31", "1F", "", "truncated 0"),
        ("prefixed:hex,width=2,max=31", "2", "", "oversize 0"),
        ("prefixed:hex,end=:,zeros=accept", "00a:0123456789", "0..14@4+10", "clean"),
        // The base protocol of LSP.
        ("lsp", r"Content-Length: 2\r\n\r\n{}", "0..23@21+2", "clean"),
        ("lsp", r"content-type: a\r\nCONTENT-LENGTH:002 \r\n\r\n{}", "0..42@40+2", "clean"),
        ("lsp", r"A: b\r\n\r\n", "", "malformed 6"),
        ("lsp", r"Content-Length: 2\r\nContent-Length: 2\r\n", "", "malformed 33"),
        ("lsp", r"Content-Length : 2", "", "malformed 14"),
        ("lsp", r"Content-Length: 2\n", "", "malformed 17"),
        ("lsp", r"Content-Length: x", "", "malformed 16"),
        ("lsp", r"A: b\r\n c", "", "malformed 6"),
        ("lsp", r"A: \0", "", "malformed 3"),
        ("lsp", r"A:\tb\x80\r\nContent-Length: 0", "", "truncated 0"),
        ("lsp,max=9", r"Content-Length: 10", "", "oversize 17"),
        ("lsp,empty=reject", r"Content-Length: 0\r", "", "malformed 17"),
        // Pattern 6.
        ("blocks:u8", r"\x01a\x02bc\0", "b0..2@1+1 b2..5@3+2 done6", "clean"),
        ("blocks:u8", r"\x01a", "b0..2@1+1", "truncated 2"),
        ("blocks:u8", r"\x01a\x02b", "b0..2@1+1", "truncated 2"),
        ("blocks:u8", r"\0\0\x01a\0", "done1 done2 b2..4@3+1 done5", "clean"),
        ("blocks:u8,unit=series", r"\x01a\x02bc\0\0", "b0..2@1+1 b2..5@3+2 0..6@1+3 done6 6..7@7+0 done7", "clean"),
        ("blocks:u8,unit=series", r"\0\x01a", "0..1@1+0 done1 b1..3@2+1", "truncated 1"),
        ("blocks:u8,unit=series,empty=skip", r"\0\x01a\0", "done1 b1..3@2+1 1..4@2+1 done4", "clean"),
        ("blocks:u16be,unit=series,empty=reject", r"\0\0", "", "malformed 1"),
        ("blocks:u16le,unit=series,empty=reject,max=5", r"\0\0", "", "malformed 0"),
        ("blocks:u8,adjust=-1,unit=series", r"\x01\x02a\0", "b0..1@1+0 b1..3@2+1 0..4@2+1 done4", "clean"),
        ("blocks:u8,adjust=-1,empty=skip", r"\x01\x02a\0", "b1..3@2+1 done4", "clean"),
        ("blocks:u8,adjust=-1,empty=reject", r"\x01", "", "malformed 0"),
        ("blocks:u8,series=one", r"\x01a\0\xff\xff", "b0..2@1+1 done3", "clean"),
        ("blocks:u8,trailer=;,header=#", r"#\x01a;#\0;", "b0..4@2+1 done7", "clean"),
        ("blocks:u8,max=2", r"\x02ab\x03", "b0..3@1+2", "oversize 3"),
        ("blocks:u8,max=1,oversize=discard", r"\x01a\x02bc\x01d\0", "b0..2@1+1 b5..7@6+1 done8", "clean"),
        ("blocks:u8,max=1,oversize=discard,unit=series", r"\x01a\x02bc\x01d\0", "b0..2@1+1 done8", "clean"),
        ("blocks:u8,charset=utf-8", r"\x01\xc3\x01\xa9\0", "", "malformed 1"),
        ("blocks:u8,charset=utf-8,unit=series", r"\x01\xc3\x01\xa9\0", "b0..2@1+1 b2..4@3+1 0..5@1+2 done5", "clean"),
        ("blocks:u8,charset=utf-8,unit=series", r"\x01\xc3\0", "b0..2@1+1", "malformed 2"),
        ("blocks:u8,charset=utf-8,unit=series", r"\x01\xc3\x02za", "b0..2@1+1", "malformed 3"),
        ("git-pkt", r"0006a\n0000", "b0..6@4+2 done10", "clean"),
        ("git-pkt", "0004", "b0..4@4+0", "truncated 4"),
        ("git-pkt", "0001", "", "malformed 3"),
        ("git-pkt", "fff0", "", "truncated 0"),
        ("git-pkt", "fff1", "", "oversize 3"),
        // RFC 9112 section 7.1.
        ("http-chunked", r"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n", "b0..9@3+4 b9..19@12+5 done24", "clean"),
        ("http-chunked", r"00A;x\r\n0123456789\r\n000\r\n\r\n", "b0..19@7+10 done26", "clean"),
        ("http-chunked", r#"1;a=b ; c = "d\\"\\\\;" ;e\r\nx\r\n"#, "b0..28@25+1", "truncated 28"),
        ("http-chunked", r"1 \r\n", "", "malformed 2"),
        ("http-chunked", r"1;\r\n", "", "malformed 2"),
        ("http-chunked", r"1;a=\r\n", "", "malformed 4"),
        ("http-chunked", r"1;a \r\n", "", "malformed 4"),
        ("http-chunked", r#"1;a="b\r"#, "", "malformed 6"),
        ("http-chunked", r#"1;a="b"c"#, "", "malformed 7"),
        ("http-chunked", r"1\nx", "", "malformed 1"),
        ("http-chunked", r"1\r\nx\n", "", "malformed 4"),
        ("http-chunked", r"1\r\nxy", "", "malformed 4"),
        ("http-chunked", r"0;last\r\nA: b\r\nC:\r\n\r\n", "done20", "clean"),
        ("http-chunked", r"0\r\n b\r\n", "", "malformed 3"),
        ("http-chunked", r"0\r\nA b\r\n", "", "malformed 4"),
        ("http-chunked", r"0\r\nA:b\n", "", "malformed 6"),
        ("http-chunked", r"0\r\nA: b\r\n", "", "truncated 0"),
        ("http-chunked", r"g\r\n", "", "malformed 0"),
        ("http-chunked,max=255", r"100", "", "oversize 2"),
        (r"blocks:hex,end=\r\n,trailer=\r\n,extensions=http,unit=series", r"1\r\na\r\n1\r\nb\r\n0\r\n\r\n", "b0..6@3+1 b6..12@9+1 0..17@3+2 done17", "clean"),
    ];

    #[test]
    fn the_reference_is_followed_to_the_letter() {
        let wrong: Vec<_> = ROWS.iter().filter_map(difference).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn difference(&(text, wire, events, ending): &Row) -> Option<String> {
        let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
        let found = naive(&framing, &unescape(wire).expect(wire));
        let line = found.0.iter().map(written).collect::<Vec<_>>().join(" ");
        let end = match found.1.place() {
            Some(place) => format!("{} {place}", found.1.word()),
            None => found.1.word().to_owned(),
        };
        let same = line == events && end == ending;
        (!same).then(|| format!("{text} of {wire}: {line:?}, {end}; not {events:?}, {ending}"))
    }

    fn written(event: &Event) -> String {
        let span = |span: &Span| {
            let Span {
                start,
                end,
                offset,
                len,
            } = span;
            format!("{start}..{end}@{offset}+{len}")
        };
        match event {
            Event::Frame(frame) => span(frame),
            Event::Block(block) => format!("b{}", span(block)),
            Event::Done { at } => format!("done{at}"),
        }
    }

    #[test]
    fn the_reason_is_the_first_thing_that_is_wrong() {
        let rows = [
            ("netstring", "x", Why::Digit),
            ("netstring", "01", Why::LeadingZero),
            ("netstring", "0:;", Why::Trailer),
            ("tpkt", "x", Why::Header),
            ("lsp", r"\r", Why::MissingField),
            (
                "lsp",
                r"Content-Length:1\r\nContent-Length:",
                Why::DuplicateField,
            ),
            ("lsp", " ", Why::FieldSyntax),
            ("http-chunked", "1;;", Why::ExtensionSyntax),
            (
                "prefixed:varint,canonical=require",
                r"\x80\0",
                Why::NotCanonical,
            ),
            ("prefixed:u8,adjust=-1", r"\0", Why::TooSmall),
            ("blocks:u8,unit=series,empty=reject", r"\0", Why::Empty),
            (r"delimited:\n,empty=reject", r"\n", Why::Empty),
            ("eof,charset=utf-8", r"\xff", Why::NotUtf8),
            (r"delimited:\n,charset=utf-8", r"\xc3\n", Why::NotUtf8),
        ];
        for (text, wire, why) in rows {
            let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
            match naive(&framing, &unescape(wire).expect(wire)).1 {
                Ending::Malformed(error) => assert_eq!(error.why, why, "{text} of {wire}"),
                other => panic!("{text} of {wire}: {other}"),
            }
        }
    }

    #[test]
    fn a_long_stream_with_an_error_far_behind_is_found_at_its_place() {
        let framing: Framing = r"delimited:\r\n,strip=x,charset=utf-8,max=70000"
            .parse()
            .unwrap();
        let mut wire = b"some line\r\n".repeat(100_000);
        let lines = wire.len() as u64;
        wire.extend(std::iter::repeat_n(b'x', 80_000));
        let (events, ending) = naive(&framing, &wire);
        assert_eq!(events.len(), 100_000);
        // The 70001st byte may still be stripped.
        assert_eq!(ending, Ending::Oversize { at: lines + 70_001 });
    }
}
