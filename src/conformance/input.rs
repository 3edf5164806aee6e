//! A generated stream with a segmentation: what property tests and fuzz targets check one at a time.
//!
//! The bytes of a fuzzer are choices of the generator that the checks and `framecheck fuzz` have, so that a mutation of a byte is the change
//! of one choice, and what has run out chooses the plainest. Invariant: the same choices make the same input.

use std::fmt;
use std::sync::Arc;

use super::check::check_input;
use super::subject::Subject;
use crate::framing::Framing;
use crate::suite::generate::{Choices, Generator, cuts};
use crate::suite::{Stream, segments};

/// A stream, and the places at which it is cut.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    /// Its bytes, with what is due of them and how they end.
    pub stream: Arc<Stream>,
    /// Offsets, ascending inside the bytes.
    pub cuts: Vec<usize>,
}

impl Input {
    /// One of the generator's.
    #[must_use]
    pub fn generate(generator: &Generator, choices: &mut impl Choices) -> Self {
        let wire = generator.stream(choices);
        let stream = Stream::new("input".to_owned(), generator.framing(), wire);
        Self {
            cuts: cuts(choices, &stream),
            stream: Arc::new(stream),
        }
    }

    /// The framing that it is an input of.
    #[must_use]
    pub fn framing(&self) -> &Framing {
        &self.stream.framing
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        segments(&self.stream.wire, &self.cuts)
    }

    /// Checks that what `make` makes decodes it as it must.
    ///
    /// # Panics
    /// It does not. The message is a test to paste, of this input as it is: whoever generated it makes it smaller.
    #[track_caller]
    pub fn check<S: Subject>(&self, make: impl FnMut() -> S) {
        check_input(self, make);
    }
}

impl fmt::Debug for Input {
    /// As the row of a test has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = self.stream.wire.escape_ascii();
        write!(f, "{} b\"{wire}\" cut at {:?}", self.framing(), self.cuts)
    }
}

/// A type that stands for a framing, so that the inputs of a fuzz target are of it.
pub trait NamesFraming {
    /// The text of the framing.
    const TEXT: &'static str;
}

#[cfg(feature = "arbitrary")]
pub use for_fuzzers::InputOf;

#[cfg(feature = "arbitrary")]
mod for_fuzzers {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::marker::PhantomData;
    use std::ops::Deref;
    use std::rc::Rc;

    use arbitrary::{Arbitrary, Result, Unstructured};

    use super::{Choices, Framing, Generator, Input, NamesFraming, fmt};
    use crate::suite::PayloadKind;

    /// The longest stream of a fuzz target, about: longer ones are slower and reach nothing that these do not.
    const LONGEST: usize = 4 << 10;

    /// An [`Input`] of one framing, for fuzz targets of an own codec.
    ///
    /// ```
    /// use arbitrary::{Arbitrary, Unstructured};
    /// use framecheck::conformance::{InputOf, NamesFraming, reference};
    ///
    /// struct Mine;
    /// impl NamesFraming for Mine {
    ///     const TEXT: &'static str = "netstring,max=1KiB";
    /// }
    ///
    /// // What `fuzz_target!(|input: InputOf<Mine>| ...)` does with the bytes of libFuzzer.
    /// let input = InputOf::<Mine>::arbitrary(&mut Unstructured::new(b"\0\x03\x80\x05\x09")).unwrap();
    /// input.check(|| reference(input.framing()));
    /// ```
    pub struct InputOf<F>(Input, PhantomData<F>);

    impl<F> Deref for InputOf<F> {
        type Target = Input;

        fn deref(&self) -> &Input {
            &self.0
        }
    }

    impl<F> fmt::Debug for InputOf<F> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl<'a, F: NamesFraming> Arbitrary<'a> for InputOf<F> {
        /// # Panics
        /// The text of `F` is no framing.
        fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
            let input = Input::generate(&generator(F::TEXT), bytes);
            Ok(Self(input, PhantomData))
        }
    }

    /// A generator is made once for each framing.
    fn generator(text: &'static str) -> Rc<Generator> {
        thread_local! {
            static MADE: RefCell<HashMap<&'static str, Rc<Generator>>> = RefCell::default();
        }
        let make = || {
            let framing: Framing = text.parse().unwrap_or_else(|bad| panic!("{bad}"));
            Rc::new(Generator::new(&framing, &PayloadKind::Any, LONGEST))
        };
        MADE.with_borrow_mut(|made| Rc::clone(made.entry(text).or_insert_with(make)))
    }

    impl Choices for Unstructured<'_> {
        fn upto(&mut self, most: u64) -> u64 {
            // No bytes are left: the plainest.
            self.int_in_range(0..=most).unwrap_or(0)
        }
    }
}
