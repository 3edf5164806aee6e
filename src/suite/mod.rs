//! What is tried on a target and how it is judged, as values: nothing here has a socket, a file or a clock.

mod alike;
#[cfg(feature = "cli")]
pub mod bench;
mod case;
mod circumstances;
mod close;
mod config;
mod difference;
mod embedded;
mod fault;
mod finding;
mod fuzz;
pub mod gate;
pub mod generate;
mod judge;
mod known;
mod manner;
mod mistaken;
mod observer;
mod outcome;
mod payload;
mod plan;
pub mod resource;
mod rules;
mod seen;
mod select;
mod selftest;
mod shrink;
mod stream;
mod table;
mod transcript;
mod vector;

pub use alike::judge_alike;
pub use case::{Case, Own, Tier, cases, segments};
pub use close::Close;
pub use config::{Config, KnownConfig, RunConfig, TargetConfig};
pub use difference::{Agreeing, Difference, differences};
pub use embedded::embedded;
pub use fault::{Fault, Flaw, fault, faults};
pub use finding::Finding;
pub use fuzz::{Campaign, Counts, Coverage, Joint, MADE, Spot};
pub use judge::{Kind, Status, Verdict, judge, observe};
pub use known::{Known, Listed, Passing};
pub use manner::{After, Manner, Resource};
pub use mistaken::mistaken;
pub use observer::{Line, Observed, Observer, Said, read_echo, read_report, report_line};
pub use outcome::Outcome;
pub use payload::PayloadKind;
pub use plan::Plan;
pub use rules::streams;
pub use seen::{Seen, Times};
pub use select::{Pick, Selection, Shard, Unselected};
pub use selftest::{Extent, Hunted, Row, Saw, Server, Tried, prey, rows};
pub use shrink::{Step, Weight, steps};
pub use stream::{Due, Item, Point, Stream, item};
pub use table::BadFile;
pub use transcript::{End, Mark, Silence, Transcript};
pub(crate) use vector::pieces;
pub use vector::{
    EndingJson, Expected, ExpectedEnding, ExpectedJson, LAST_CLASS, Level, MAX_BYTES, Vector,
    VectorJson, parse,
};
