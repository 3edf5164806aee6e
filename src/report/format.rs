//! The forms that a document can be written in, each a function from it to a text.
//!
//! A new form is a row here. Invariant: no form reads anything but the document.

use super::{BenchDocument, CompareDocument, Document};

/// A form of a report that is made of a document.
#[derive(Debug)]
pub struct Format<D: 'static = Document> {
    /// Its word on the command line.
    pub name: &'static str,
    render: fn(&D) -> String,
}

/// Those of a run.
pub const FORMATS: &[Format] = &[
    format("json", Document::json),
    format("junit", super::junit::junit),
    format("markdown", super::markdown::markdown),
    format("sarif", super::sarif::sarif),
    format("html", super::html::html),
];

/// Those of a benchmark.
pub const BENCH_FORMATS: &[Format<BenchDocument>] = &[
    format("json", BenchDocument::json),
    format("csv", super::bench::csv),
    format("markdown", super::bench::markdown),
    format("html", super::bench::page),
];

/// Those of a comparison.
pub const COMPARE_FORMATS: &[Format<CompareDocument>] = &[
    format("json", CompareDocument::json),
    format("markdown", super::compare::markdown),
];

const fn format<D>(name: &'static str, render: fn(&D) -> String) -> Format<D> {
    Format { name, render }
}

impl<D> Format<D> {
    /// The document in this form.
    #[must_use]
    pub fn of(self, document: &D) -> String {
        (self.render)(document)
    }
}

impl Format {
    /// The form of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = FORMATS.iter().copied();
        all.find(|format| format.name == name)
    }
}

// Derived, they would ask the same of the document.
impl<D> Clone for Format<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Format<D> {}
