//! What is found when a server, or a setting, is looked at by somebody who wants to know what is wrong with it.

mod clock;

use std::fmt;

use serde::Serialize;

pub use clock::{Reading, clock};

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is.
    Ok,
    /// Imcaxy runs with it, and it will be regretted; or it cannot be told.
    Warn,
    /// Imcaxy, or a part of it, does not work so.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, such as `eviction policy`.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub verdict: Verdict,
    /// How it is, in lower case and without secrets.
    pub found: String,
    /// What to do about it; nothing where all is well.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    /// It will be regretted, unless somebody follows the advice.
    pub fn warn(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    /// It does not work so, unless somebody follows the advice.
    pub fn fail(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail, found: found.into(), advice: Some(advice.into()) }
    }

    /// The same, of one of several servers.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.found = format!("{place}: {}", self.found);
        self
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}
