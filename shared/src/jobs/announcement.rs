//! What waiters are told. An announcement ends a wait early; the catalog is the truth.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::{Failure, Timings, Token};
use crate::entry::{Entry, Seq, SourceRef};
use crate::request::CacheKey;

/// News about one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Which key.
    pub key: CacheKey,
    /// The life of the job that it comes from. A failure counts only for those who wait for this one.
    pub token: Token,
    /// The stamp of the fetches behind it.
    pub stamp: Seq,
    /// Everything that was fetched.
    pub sources: Vec<SourceRef>,
    /// What its parts have taken so far.
    pub took: Timings,
    /// The news.
    pub outcome: Announced,
}

/// How the job stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Announced {
    /// The picture is in the stores.
    Stored(Box<Entry>),
    /// The picture exists, in memory only as yet.
    Body(Box<Entry>, Bytes),
    /// The picture exists and is not kept: only those who wait now are answered with it.
    Unkept {
        /// What it is. Without a body, its object has the bytes, for a minute at least.
        entry: Box<Entry>,
        /// Why it is not kept.
        why: Unkept,
        /// Its bytes, if they are few.
        body: Option<Bytes>,
    },
    /// There will be none.
    Failed(Failure),
}

/// Why a picture is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unkept {
    /// An origin says `private` or `no-store`.
    Private,
    /// A source changes too often.
    Unsteady,
    /// It was asked of the worker directly, the queue being away.
    Degraded,
}

impl Unkept {
    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Unsteady => "unsteady",
            Self::Degraded => "degraded",
        }
    }
}

/// Bytes that are no announcement of a version known here.
#[derive(Debug, thiserror::Error)]
#[error("announcement is malformed: {0}")]
pub struct MalformedAnnouncement(String);

const VERSION: u8 = 1;

/// The header as JSON; the body follows it as it is.
#[derive(Serialize, Deserialize)]
struct Header {
    key: CacheKey,
    token: Token,
    stamp: Seq,
    sources: Vec<SourceRef>,
    /// Absent from workers of an older version.
    #[serde(default)]
    took: Timings,
    outcome: Kind,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Stored(Box<Entry>),
    Body(Box<Entry>),
    Unkept { entry: Box<Entry>, why: Unkept, lent: bool },
    Failed(Failure),
}

impl Announcement {
    /// On the wire: one byte of version, four of the header's length (big-endian), the header as JSON, the body.
    ///
    /// # Errors
    /// Never in practice: every field can be written as JSON.
    pub fn write(&self) -> Result<Bytes, MalformedAnnouncement> {
        let (outcome, body) = match &self.outcome {
            Announced::Stored(entry) => (Kind::Stored(entry.clone()), Bytes::new()),
            Announced::Body(entry, bytes) => (Kind::Body(entry.clone()), bytes.clone()),
            Announced::Unkept { entry, why, body } => {
                let (entry, why, lent) = (entry.clone(), *why, body.is_none());
                (Kind::Unkept { entry, why, lent }, body.clone().unwrap_or_default())
            }
            Announced::Failed(failure) => (Kind::Failed(failure.clone()), Bytes::new()),
        };
        let header = Header {
            key: self.key.clone(),
            token: self.token.clone(),
            stamp: self.stamp,
            sources: self.sources.clone(),
            took: self.took,
            outcome,
        };
        let malformed = |problem: String| MalformedAnnouncement(problem);
        let header = serde_json::to_vec(&header).map_err(|e| malformed(e.to_string()))?;
        let length = u32::try_from(header.len()).map_err(|e| malformed(e.to_string()))?;
        let mut wire = BytesMut::with_capacity(5 + header.len() + body.len());
        wire.put_u8(VERSION);
        wire.put_u32(length);
        wire.put_slice(&header);
        wire.put_slice(&body);
        Ok(wire.freeze())
    }

    /// Reads what [`Announcement::write`] wrote.
    ///
    /// # Errors
    /// Another version, or bytes cut short.
    pub fn read(wire: &Bytes) -> Result<Self, MalformedAnnouncement> {
        let malformed = |problem: &str| MalformedAnnouncement(problem.to_owned());
        match wire.first() {
            Some(&VERSION) => {}
            other => return Err(malformed(&format!("version {other:?}"))),
        }
        let length = wire.get(1..5).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
        let length = length.ok_or_else(|| malformed("no length"))? as usize;
        let header = wire.get(5..5 + length).ok_or_else(|| malformed("header is cut short"))?;
        let header: Header = serde_json::from_slice(header).map_err(|e| malformed(&e.to_string()))?;
        let body = |entry: &Entry| {
            let body = wire.slice(5 + length..);
            if body.len() as u64 == entry.size { Ok(body) } else { Err(malformed("body is cut short")) }
        };
        let outcome = match header.outcome {
            Kind::Stored(entry) => Announced::Stored(entry),
            Kind::Body(entry) => {
                let body = body(&entry)?;
                Announced::Body(entry, body)
            }
            Kind::Unkept { entry, why, lent } => {
                let body = if lent { None } else { Some(body(&entry)?) };
                Announced::Unkept { entry, why, body }
            }
            Kind::Failed(failure) => Announced::Failed(failure),
        };
        Ok(Self {
            key: header.key,
            token: header.token,
            stamp: header.stamp,
            sources: header.sources,
            took: header.took,
            outcome,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::FailureCode;
    use crate::testing::build;

    fn announcement(outcome: Announced) -> Announcement {
        let entry = build::entry("http://a.test/1.jpg", Seq::new(3));
        Announcement {
            sources: entry.source_refs(),
            key: entry.key,
            token: Token::new(9),
            stamp: entry.stamp,
            took: Timings { queue: Some(3), imaginary: Some(40), ..Timings::default() },
            outcome,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut entry = build::entry("http://a.test/1.jpg", Seq::new(3));
        entry.size = 5;
        for outcome in [
            Announced::Stored(Box::new(entry.clone())),
            Announced::Body(Box::new(entry.clone()), Bytes::from_static(b"\xff\xd8\xff\x00{")),
            Announced::Unkept { entry: Box::new(entry.clone()), why: Unkept::Unsteady, body: None },
            Announced::Unkept {
                entry: Box::new(entry),
                why: Unkept::Private,
                body: Some(Bytes::from_static(b"12345")),
            },
            Announced::Failed(Failure::new(FailureCode::ImaginaryRefused(400), "no")),
        ] {
            let sent = announcement(outcome);
            assert_eq!(Announcement::read(&sent.write().unwrap()).unwrap(), sent);
        }
    }

    #[test]
    fn a_body_cut_short_is_no_announcement() {
        let mut entry = build::entry("http://a.test/1.jpg", Seq::new(3));
        entry.size = 5;
        let wire =
            announcement(Announced::Body(Box::new(entry), Bytes::from_static(b"12345"))).write().unwrap();
        for end in 0..wire.len() {
            assert!(Announcement::read(&wire.slice(..end)).is_err(), "{end} bytes");
        }
    }
}
