//! What is tried on a target, as values: nothing here has a socket, a file or a clock.

mod close;
mod embedded;
mod vector;

pub use close::Close;
pub use embedded::embedded;
pub use vector::{
    BadVector, EndingJson, Expected, ExpectedEnding, ExpectedJson, LAST_CLASS, Level, MAX_BYTES,
    Vector, VectorJson, parse,
};
