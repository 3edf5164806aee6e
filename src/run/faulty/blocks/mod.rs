//! Series of blocks, each after its length, up to a length of zero: a blocking reader that asks for a size, a block and its trailer in turn.
//!
//! ```text
//! lead  size  block  trailer   ...   lead  zero  trailer
//! ```

mod chunks;
mod size;

use std::io;

use self::size::size;
use super::conn::Conn;
use super::counted::{payload, trailer};
use super::input::{Input, Over, Step, allowed, said};
use crate::framing::{Empty, Extensions, Framing, Pattern, Prefix, Series};
use crate::suite::{Flaw, Said};

pub(super) fn serve(conn: &mut Conn, framing: &Framing) -> io::Result<Said> {
    let Pattern::Blocks {
        prefix,
        series,
        extensions,
        ..
    } = &framing.pattern
    else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    let reader = Reader {
        framing,
        prefix,
        series: *series,
        http: *extensions == Extensions::Http,
    };
    said(reader.stream(&mut Input::new(conn)))
}

struct Reader<'a> {
    framing: &'a Framing,
    prefix: &'a Prefix,
    series: Series,
    http: bool,
}

impl Reader<'_> {
    fn stream(&self, input: &mut Input) -> Step<()> {
        while !input.at_end()? {
            self.one_series(input)?;
            input.conn.done();
            if self.series == Series::One || input.has(Flaw::SecondSeriesUnread) {
                return Ok(());
            }
            if input.has(Flaw::ReaderForEachSeries) {
                input.forget();
            }
        }
        Ok(())
    }

    fn one_series(&self, input: &mut Input) -> Step<()> {
        loop {
            if input.has(Flaw::EndBetweenBlocksDone) && input.at_end()? {
                return Ok(());
            }
            input.lead(&self.prefix.lead)?;
            let value = size(input, self.prefix, self.http)?;
            if value == Some(0) && !input.has(Flaw::FlushAdjusted) {
                return self.last(input);
            }
            let value = value.unwrap_or(0);
            let length = allowed(input, self.framing, self.prefix, value)?;
            if length == 0 && input.has(Flaw::EmptyBlockEnds) {
                return Ok(());
            }
            let block = match input.has(Flaw::BlockPiecesDelivered) {
                true => pieces(input, length)?,
                false => payload(input, length, &self.prefix.trailer)?,
            };
            self.behind(input, &block)?;
            if !(block.is_empty() && self.framing.empty == Empty::Skip) {
                input.conn.frame(&block);
            }
        }
    }

    /// What stands behind a block.
    fn behind(&self, input: &mut Input, block: &[u8]) -> Step<()> {
        if input.at_buffer_end() && input.has(Flaw::BufferEndStops) {
            return Err(Said::Truncated.into());
        }
        let over = input.has(Flaw::EndInBlockDone) && input.at_end()?;
        if over {
            input.conn.frame(block);
            input.conn.done();
            return Err(Said::Clean.into());
        }
        trailer(input, &self.prefix.trailer)
    }

    /// What stands behind the ending zero.
    fn last(&self, input: &mut Input) -> Step<()> {
        let alone = input.ahead().is_empty();
        if input.has(Flaw::LastTrailerLeft) || (alone && input.has(Flaw::LastTrailerAloneLeft)) {
            return Ok(());
        }
        if alone && input.has(Flaw::LastTrailerAloneRefused) && !self.prefix.trailer.is_empty() {
            return Err(Said::Malformed.into());
        }
        if input.has(Flaw::EndBeforeLastTrailerDone) && input.at_end()? {
            return Ok(());
        }
        match self.http {
            true => chunks::trailers(input)?,
            false => input.expect(&self.prefix.trailer)?,
        }
        if alone && input.has(Flaw::LastTrailerAloneWaits) {
            input.at_end()?;
        }
        Ok(())
    }
}

/// Delivers what each read has of a block as a block, and gives back the last.
fn pieces(input: &mut Input, length: u64) -> Step<Vec<u8>> {
    let mut left = length;
    loop {
        let piece = input.some(left)?;
        if piece.is_empty() && left > 0 {
            return Err(Over::Said(Said::Truncated));
        }
        left -= piece.len() as u64;
        if left == 0 {
            return Ok(piece);
        }
        input.conn.frame(&piece);
    }
}
