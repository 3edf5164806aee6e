//! The forms that a document can be written in, each a function from it to a text.
//!
//! A new form is a row here. Invariant: no form reads anything but the document.

use super::Document;

/// A form of a report.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its word on the command line.
    pub name: &'static str,
    render: fn(&Document) -> String,
}

/// All of them.
pub const FORMATS: &[Format] = &[
    format("json", Document::json),
    format("junit", super::junit::junit),
    format("markdown", super::markdown::markdown),
    format("sarif", super::sarif::sarif),
    format("html", super::html::html),
];

const fn format(name: &'static str, render: fn(&Document) -> String) -> Format {
    Format { name, render }
}

impl Format {
    /// The document in this form.
    #[must_use]
    pub fn of(self, document: &Document) -> String {
        (self.render)(document)
    }

    /// The form of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = FORMATS.iter().copied();
        all.find(|format| format.name == name)
    }
}
