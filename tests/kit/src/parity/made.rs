//! A result, and what is seen of it from afar.

use bytes::Bytes;
use serde_json::Value;

/// A result with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its media type.
    pub content_type: String,
    /// All of it.
    pub bytes: Bytes,
}

/// What two results of one request must have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// A picture.
    Picture {
        /// Its media type.
        content_type: String,
        /// Pixels from left to right.
        width: u64,
        /// Pixels from top to bottom.
        height: u64,
    },
    /// What `info` says.
    Said(Value),
}

impl Made {
    /// What it is called in a file's name; `None` for a type that no operation answers with.
    #[must_use]
    pub fn extension(&self) -> Option<&'static str> {
        TYPES.iter().find(|(_, name)| *name == self.content_type).map(|(extension, _)| *extension)
    }

    /// What is in a file of this extension.
    #[must_use]
    pub fn of_file(extension: &str, bytes: Bytes) -> Option<Self> {
        let (_, content_type) = TYPES.iter().find(|(known, _)| *known == extension)?;
        Some(Self { content_type: (*content_type).to_owned(), bytes })
    }

    /// What `info` said, if that is what it is.
    #[must_use]
    pub fn said(&self) -> Option<Value> {
        let is_said = self.content_type == "application/json";
        if is_said { serde_json::from_slice(&self.bytes).ok() } else { None }
    }
}

/// Extensions and media types.
const TYPES: [(&str, &str); 5] = [
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("tif", "image/tiff"),
    ("webp", "image/webp"),
];
