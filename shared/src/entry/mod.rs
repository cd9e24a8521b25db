//! What is remembered of a rendered picture and of its sources, and when it may be answered. Pure.

mod ages;
mod block;
mod check;
mod digest;
mod doubt;
mod due;
mod failure;
mod freshness;
mod ledger;
mod next;
mod object;
mod remembered;
mod scope;
mod source;
mod stamp;
mod state;
mod usage;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use ages::{Age, Ages};
pub use block::{Block, BlockList, BlockTarget, MOST_BLOCKS};
pub use check::{Answered, Checks, Consequence, InARow, Learnt, Rhythm, Standing};
pub use digest::{Digest, Digesting};
pub use doubt::Doubt;
pub use due::take_turns;
pub use failure::{Failure, FailureCode};
pub use freshness::{Found, Next, Stale, Verdict, judge};
pub use ledger::{Ledger, MOST_OPEN, MOST_OPEN_BY_UPKEEP, Position, Rule, newest_of};
pub use next::{NextBytes, NextPicture, Preparing};
pub use object::{InvalidObjectName, ObjectName};
pub use remembered::{FAILURE_LIFE, Known, Lives, RememberedFailure};
pub use scope::{Scope, Subject};
pub use source::{Change, DigestVerdict, MadeFrom, Source, SourceRef, Stamped, UNSTEADY, Validator};
pub use stamp::Seq;
pub use state::SourceState;
pub use usage::{Day, Uses};

use crate::request::{CacheKey, Operation};
use crate::time::Timestamp;

/// One variant: the description of one rendered picture. Its bytes are the object that it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Addresses the entry, its job, its claim and its announcements.
    pub key: CacheKey,
    /// Everything that was fetched for it: the source, redirect targets, watermark images.
    pub sources: Vec<MadeFrom>,
    /// The smallest stamp of the fetches it was made from. It counts while no discard that matches one of its
    /// sources is above it.
    pub stamp: Seq,
    /// What a refresh has made in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<NextPicture>>,
    /// What was done.
    pub operation: Operation,
    /// Canonical parameters, without the source's URL.
    pub params: BTreeMap<String, String>,
    /// The `Content-Type` that the processor answered.
    pub content_type: String,
    /// Length of the body in bytes.
    pub size: u64,
    /// Strong validator of the bytes, with its quotes (RFC 9110 §8.8.3).
    pub etag: String,
    /// Where the bytes are.
    pub object: ObjectName,
    /// `imaginary` or `builtin/N`.
    pub processor: String,
    /// What the processor told of its version when it rendered; absent where it did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renderer: Option<String>,
    /// When it was rendered; at least a second later than an earlier rendering of the same key, because
    /// `Last-Modified` counts seconds.
    pub created_at: Timestamp,
    /// When its sources were last fetched and still had the bytes that it was made from.
    pub renewed_at: Option<Timestamp>,
    /// How long the processor took, in milliseconds.
    pub render_ms: u64,
    /// How often the variant was [used](Uses), by the renderings before as well, as far as that is written down.
    pub uses: u64,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

impl Entry {
    /// The sources that it was made from.
    #[must_use]
    pub fn source_refs(&self) -> Vec<SourceRef> {
        self.sources.iter().map(SourceRef::from).collect()
    }

    /// Whether it stays where another was made of the same key: it is newer, or the first of its stamp. At equal stamps other bytes of a source
    /// mean that its document was lost and made anew; then the later counts.
    #[must_use]
    pub fn stays_before(&self, made: &Self) -> bool {
        self.stamp > made.stamp || (self.stamp == made.stamp && self.sources == made.sources)
    }

    /// When it was rendered or renewed last.
    #[must_use]
    pub fn confirmed_at(&self) -> Timestamp {
        self.renewed_at.map_or(self.created_at, |renewed| renewed.max(self.created_at))
    }

    /// The strong `ETag` of these bytes: half of their SHA-256 in hex, quoted.
    #[must_use]
    pub fn etag_of(bytes: &[u8]) -> String {
        let digest = Digest::of(bytes);
        format!("\"{}\"", digest.as_str().get(..32).unwrap_or_default())
    }
}
