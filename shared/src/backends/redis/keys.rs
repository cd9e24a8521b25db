//! Names of keys and channels. All that one script touches share a hash tag, so that it works on a Redis Cluster.

use crate::jobs::{Priority, Token};
use crate::request::CacheKey;

/// The version of what is kept under these names (`lua/common.lua` says what). Another layout has another version, so that two
/// programs that differ in it never write into each other's keys.
const LAYOUT: u32 = 1;

/// The names of one catalog's queue: `{namespace}:{incarnation}:{layout}:…`, with the incarnation as hash tag. Two catalogs, or one
/// before and after a restore, never take each other's jobs.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// Names below `namespace` for the catalog with this incarnation.
    #[must_use]
    pub fn new(namespace: &str, incarnation: &str) -> Self {
        Self { prefix: format!("{namespace}:{{{incarnation}}}:{LAYOUT}:") }
    }

    /// What stands before every name.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// All keys and channels of the namespace, as rules of access name them.
    pub(super) fn pattern(&self) -> String {
        format!("{}*", self.prefix.split('{').next().unwrap_or_default())
    }

    /// A key that nobody writes: who answers for it answers for all of ours.
    pub(super) fn probe(&self) -> String {
        format!("{}probe", self.prefix)
    }

    /// Wakes workers that read payloads of `version`: a list with a few elements while they should look.
    pub(super) fn bell(&self, version: u32) -> String {
        format!("{}bell:v{version}", self.prefix)
    }

    /// The ids that wait with one priority: a sorted set.
    pub(super) fn waiting(&self, priority: Priority) -> String {
        format!("{}waiting:{}", self.prefix, priority.name())
    }

    /// How one life of a job failed: a string that lives for a minute.
    pub(super) fn ended(&self, token: &Token) -> String {
        format!("{}ended:{token}", self.prefix)
    }

    /// News of one cache key: a channel.
    pub(super) fn channel(&self, key: &CacheKey) -> String {
        format!("{}news:{key}", self.prefix)
    }

    /// News of the ledger and of those who follow it: a channel.
    pub(super) fn nudges(&self) -> String {
        format!("{}nudges", self.prefix)
    }

    /// The cache key that a channel is for.
    pub(super) fn key_of_channel(&self, channel: &str) -> Option<CacheKey> {
        channel.strip_prefix(&self.prefix)?.strip_prefix("news:")?.parse().ok()
    }
}
