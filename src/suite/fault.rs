//! The catalogue of faults: deliberate defects, each modelled on one that was met in a real implementation, to prove that the suite sees it.
//!
//! A [`Flaw`] names a fault in the code of the faulty servers (`run::faulty`), a [`Fault`] is its row here: what it is called, which defect
//! classes of `docs/defects.md` it belongs to, where such a one was seen, and where it can show itself. Invariant: no two have the same name.

use super::Observer;

/// One deliberate defect.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What `serve --fault` calls it.
    pub name: &'static str,
    /// How the faulty servers know it.
    pub flaw: Flaw,
    /// The defect classes that it belongs to, the first foremost.
    pub classes: &'static [u8],
    /// What goes wrong, in one sentence.
    pub what: &'static str,
    /// The real instance: `owner/repository#number` on GitHub, or an address.
    pub seen: &'static str,
    /// Framings under which it can show itself.
    pub framings: &'static [&'static str],
    /// Observers with which it can show itself.
    pub observers: &'static [Observer],
}

/// Every fault, in the order of the patterns and classes.
#[must_use]
pub fn faults() -> &'static [Fault] {
    FAULTS
}

/// The fault of this name.
#[must_use]
pub fn fault(name: &str) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| fault.name == name)
}

/// Both observers that a server needs nothing but a socket for.
const BOTH: &[Observer] = &[Observer::Echo, Observer::Report];
/// What only a report shows: how the stream ended.
const REPORT: &[Observer] = &[Observer::Report];

macro_rules! faults {
    ($($flaw:ident = $name:literal, $classes:expr, $seen:literal, $framings:expr, $observers:expr, $what:literal;)+) => {
        /// A fault, as the code of the faulty servers names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Flaw {
            $(#[doc = $what] $flaw,)+
        }

        const FAULTS: &[Fault] = &[$(Fault {
            name: $name,
            flaw: Flaw::$flaw,
            classes: &$classes,
            what: $what,
            seen: $seen,
            framings: &$framings,
            observers: $observers,
        },)+];
    };
}

faults! {
    // Lengths of a fixed width.
    HeaderForgotten = "header-forgotten", [1], "vectordotdev/vector#26169", ["prefixed:u32be", "prefixed:u16le"], BOTH,
        "The length is taken out of the buffer before the body is there and forgotten, so that body bytes are read as the next length.";
    HeaderPartial = "header-partial", [2], "solidjs/solid-start#2298", ["prefixed:u32be", "prefixed:u16be"], BOTH,
        "Any byte in the buffer is enough to read the length: what has not come of it yet is taken for zeros.";
    ShortReadTaken = "short-read-taken", [46], "rtician/routeros#4", ["prefixed:u32be"], BOTH,
        "The body is read with one recv, and what that returns is taken for all of it.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::framing::Framing;
    use crate::suite::LAST_CLASS;

    #[test]
    fn every_row_is_whole_and_no_two_have_the_same_name() {
        let mut names = HashSet::new();
        for fault in faults() {
            let name = fault.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(
                fault.what.ends_with('.') && !fault.seen.is_empty(),
                "{name}"
            );
            assert!(
                !fault.classes.is_empty()
                    && fault
                        .classes
                        .iter()
                        .all(|class| (1..=LAST_CLASS).contains(class)),
                "{name}"
            );
            assert!(
                !fault.framings.is_empty() && !fault.observers.is_empty(),
                "{name}"
            );
            for text in fault.framings {
                assert!(text.parse::<Framing>().is_ok(), "{name}: {text}");
            }
        }
    }
}
