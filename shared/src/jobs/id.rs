//! Names of jobs, of attempts at them and of those who work on them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::request::CacheKey;

/// What makes two jobs the same: while one with this id lives, another submission joins it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// The render of one cache key: the job has the key's name, so no map from one to the other exists.
    #[must_use]
    pub fn render(key: &CacheKey) -> Self {
        Self(format!("render/{key}"))
    }

    /// The housekeeping of one tick of its schedule.
    #[must_use]
    pub fn housekeeping(tick: i64) -> Self {
        Self(format!("housekeeping/{tick}"))
    }

    /// An id as a queue gave it back.
    #[must_use]
    pub const fn from_queue(text: String) -> Self {
        Self(text)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells one life of a job from the next with the same id: 128 random bits in hex, made by whoever submits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A token from 128 random bits.
    #[must_use]
    pub fn new(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }

    /// A token as a queue gave it back.
    #[must_use]
    pub const fn from_queue(text: String) -> Self {
        Self(text)
    }

    /// The token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of one run of a worker process: unique at every start, because a name that comes back would inherit
/// what its predecessor left behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(String);

impl WorkerId {
    /// A name from 64 random bits.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self(format!("w-{random:016x}"))
    }

    /// A name as a queue gave it back.
    #[must_use]
    pub const fn from_queue(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
