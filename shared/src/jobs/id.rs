//! Names of jobs, of attempts at them and of those who work on them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Delete;
use crate::request::CacheKey;

/// A name that travels through a queue as text.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name as a queue gave it back.
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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// What makes two jobs the same: while one with this id lives, another submission joins it.
    JobId
}

name! {
    /// Tells one life of a job from the next with the same id: 128 random bits in hex, made by whoever submits.
    Token
}

name! {
    /// The name of one run of a worker process: unique at every start, because a name that comes back would inherit
    /// what its predecessor left behind.
    WorkerId
}

name! {
    /// The name of one run of a process that answers HTTP: unique at every start, because a replica must not be taken for its predecessor.
    ReplicaId
}

impl ReplicaId {
    /// A name from 64 random bits.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self(format!("{random:016x}"))
    }
}

impl JobId {
    /// The render of one cache key: the job has the key's name, so no map from one to the other exists.
    #[must_use]
    pub fn render(key: &CacheKey) -> Self {
        Self(format!("render/{key}"))
    }

    /// A deletion.
    #[must_use]
    pub fn delete(delete: &Delete) -> Self {
        Self(format!("delete/{}", delete.name()))
    }

    /// The check of the sources of a revalidation, or of those that are due.
    #[must_use]
    pub fn check(revalidation: Option<&str>) -> Self {
        Self(revalidation.map_or_else(|| "check".to_owned(), |id| format!("check/{id}")))
    }

    /// The refresh of the sources of a revalidation.
    #[must_use]
    pub fn refresh(revalidation: &str) -> Self {
        Self(format!("refresh/{revalidation}"))
    }

    /// The working off of all discards that are open.
    #[must_use]
    pub fn discard() -> Self {
        Self("discard".to_owned())
    }

    /// The kind of the job: what stands before the first slash.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The housekeeping of one tick of its schedule, named by the tick's instant in milliseconds.
    #[must_use]
    pub fn housekeeping(tick: i64) -> Self {
        Self(format!("housekeeping/{tick}"))
    }
}

impl Token {
    /// A token from 128 random bits.
    #[must_use]
    pub fn new(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }
}

impl WorkerId {
    /// A name from 64 random bits.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self(format!("w-{random:016x}"))
    }
}
