//! What is tried on a target and how it is judged, as values: nothing here has a socket, a file or a clock.

mod close;
mod embedded;
pub mod gate;
mod judge;
mod observer;
mod stream;
mod transcript;
mod vector;

pub use close::Close;
pub use embedded::embedded;
pub use judge::{Kind, Status, Verdict, judge, observe};
pub use observer::{Line, Observed, Observer, Said, read_echo, read_report, report_line};
pub use stream::{Due, Item, Point, Stream, joins_series};
pub use transcript::{End, Mark, Silence, Transcript};
pub use vector::{
    BadVector, EndingJson, Expected, ExpectedEnding, ExpectedJson, LAST_CLASS, Level, MAX_BYTES,
    Vector, VectorJson, parse,
};
