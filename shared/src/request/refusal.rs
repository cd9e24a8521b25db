//! Why a request is not rendered.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What is wrong with a request, as the `code` of the error that the client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The path names no operation (404; all others are 400).
    UnknownOperation,
    /// A parameter does not parse, is missing, or would crash imaginary.
    BadParameter,
    /// `url` is absent or empty.
    MissingUrl,
    /// `file` is given: a file of imaginary's machine.
    LocalFile,
    /// `url`, or an `image` that would be fetched, is no absolute http or https URL without credentials.
    BadUrl,
    /// `operations` is no list of one to ten known steps.
    BadOperations,
}

impl RefusalCode {
    /// The code as it stands in the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownOperation => "unknown_operation",
            Self::BadParameter => "bad_parameter",
            Self::MissingUrl => "missing_url",
            Self::LocalFile => "local_file",
            Self::BadUrl => "bad_url",
            Self::BadOperations => "bad_operations",
        }
    }
}

/// A request that is answered with an error before anything is fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The kind.
    pub code: RefusalCode,
    /// For people: names the parameter, its value (shortened) and what is allowed.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// `what` says where it was found, such as `operations: step 2 (crop): `.
    pub(super) fn within(mut self, what: &str) -> Self {
        self.message.insert_str(0, what);
        self
    }
}

/// A client's value for a message: at most forty characters, control characters and foreign bytes escaped, so
/// that it can stand in a log line.
pub(super) fn shorten(value: &[u8]) -> String {
    const MOST: usize = 40;
    // A character has at most four bytes: what is cut off here could not be shown anyway.
    let head = value.get(..MOST * 4 + 4).unwrap_or(value);
    let text = String::from_utf8_lossy(head);
    let mut out = String::from("\"");
    for c in text.chars().take(MOST) {
        if c.is_control() || c == '"' {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push_str(if text.chars().nth(MOST).is_some() { "…\"" } else { "\"" });
    out
}
