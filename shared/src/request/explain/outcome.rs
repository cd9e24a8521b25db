//! What a parameter can come to.

use super::super::Operation;

/// What a parameter came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It enters the canonical form as this.
    Used(String),
    /// `type=auto`: the type that `Accept` stands for enters the canonical form, if it stands for any.
    Negotiated(Option<String>),
    /// It says what is so without it.
    Default,
    /// The operation does not read it.
    NotRead,
    /// The operation reads it, and other parameters make it do nothing.
    Idle,
    /// Its name was given before.
    Repeated,
    /// imaginary knows no such parameter.
    Unknown,
    /// It cannot be decoded.
    Unreadable,
    /// It says who asks.
    Credential,
    /// The request is refused for it, with this message.
    Refused(String),
}

impl Outcome {
    /// A word for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Used(_) => "used",
            Self::Negotiated(_) => "negotiated",
            Self::Default => "default",
            Self::NotRead => "not_read",
            Self::Idle => "idle",
            Self::Repeated => "repeated",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
            Self::Credential => "credential",
            Self::Refused(_) => "refused",
        }
    }

    /// Every word.
    pub const NAMES: [&str; 10] = [
        "used",
        "negotiated",
        "default",
        "not_read",
        "idle",
        "repeated",
        "unknown",
        "unreadable",
        "credential",
        "refused",
    ];

    /// What of it is in the canonical form.
    pub fn canonical(&self) -> Option<&str> {
        match self {
            Self::Used(text) | Self::Negotiated(Some(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn why(&self, operation: Operation) -> String {
        let why = match self {
            Self::Used(_) => "it enters the key",
            Self::Negotiated(Some(format)) => {
                return format!("Accept stands for {format}, which enters the key");
            }
            Self::Negotiated(None) => "Accept names none of webp, png and jpeg, so the source keeps its type",
            Self::Default => "it says what is so without it",
            Self::NotRead => return format!("{operation} does not read it"),
            Self::Idle => "the other parameters leave it nothing to do",
            Self::Repeated => "the name was given before, and the first one counts",
            Self::Unknown => "imaginary knows no such parameter",
            Self::Unreadable => "a ; or a broken percent escape is in it, so it is passed over",
            Self::Credential => "it says who asks, not what, and enters no key",
            Self::Refused(message) => message,
        };
        why.to_owned()
    }
}
