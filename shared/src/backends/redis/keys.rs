//! Names of keys and channels. All that one script touches share a hash tag, so that it works on a Redis Cluster.

use crate::jobs::{JobId, PAYLOAD_VERSION, Priority, Token};
use crate::request::CacheKey;

/// The names of one catalog's queue: `{namespace}:{incarnation}:…`, with the incarnation as hash tag. Two catalogs, or one
/// before and after a restore, never take each other's jobs.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// Names below `namespace` for the catalog with this incarnation.
    #[must_use]
    pub fn new(namespace: &str, incarnation: &str) -> Self {
        Self { prefix: format!("{namespace}:{{{incarnation}}}:") }
    }

    /// A key that nobody writes: who answers for it answers for all of ours.
    pub(super) fn probe(&self) -> String {
        format!("{}probe", self.prefix)
    }

    /// What stands before a job's id: `…job:`; a hash with the job's fields.
    pub(super) fn jobs(&self) -> String {
        format!("{}job:", self.prefix)
    }

    /// One job: a hash.
    pub(super) fn job(&self, id: &JobId) -> String {
        format!("{}job:{id}", self.prefix)
    }

    /// What stands before a priority's name: lists of the ids that wait, apart by the version of their payloads.
    pub(super) fn lists(&self) -> String {
        format!("{}wait:v{PAYLOAD_VERSION}:", self.prefix)
    }

    /// The ids that wait with one priority: a list, taken from its right end.
    pub(super) fn waiting(&self, priority: Priority) -> String {
        format!("{}{}", self.lists(), priority.name())
    }

    /// The ids of all living jobs: a sorted set, all scores 0.
    pub(super) fn live(&self) -> String {
        format!("{}live", self.prefix)
    }

    /// Wakes workers: a list with a few elements while jobs wait, one bell a version of payloads.
    pub(super) fn bell(&self) -> String {
        format!("{}bell:v{PAYLOAD_VERSION}", self.prefix)
    }

    /// How one life of a job failed: a string that lives for a minute.
    pub(super) fn ended(&self, token: &Token) -> String {
        format!("{}ended:{token}", self.prefix)
    }

    /// News of one cache key: a channel.
    pub(super) fn channel(&self, key: &CacheKey) -> String {
        format!("{}news:{key}", self.prefix)
    }

    /// The cache key that a channel is for.
    pub(super) fn key_of_channel(&self, channel: &str) -> Option<CacheKey> {
        channel.strip_prefix(&self.prefix)?.strip_prefix("news:")?.parse().ok()
    }
}
