//! Points of a stream as one number, so that they compare in one instruction: so many bytes, or the end behind all of them.

use crate::suite::Point;

/// All bytes and the end of the stream.
pub(super) const END: u64 = u64::MAX;

/// The number of a point.
pub(super) fn number(point: Point) -> u64 {
    match point {
        Point::Bytes(bytes) => bytes,
        Point::End => END,
    }
}

/// The point of a number.
pub(super) fn point(number: u64) -> Point {
    match number {
        END => Point::End,
        bytes => Point::Bytes(bytes),
    }
}
