//! What a job asks for, as it travels through a queue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::JobId;
use crate::entry::{Digest, ObjectName, Seq, SourceRef};
use crate::request::{CacheKey, Render, SourceId, SourceUrl};
use crate::time::Timestamp;

/// The version that payloads carry. Queues keep the jobs of each version apart, so that a worker takes only what it can read
/// while versions N and N+1 run side by side.
pub const PAYLOAD_VERSION: u32 = 1;

/// The versions that this program can read, the newest first. A worker takes jobs of these only.
pub const READABLE_VERSIONS: &[u32] = &[PAYLOAD_VERSION];

/// What a job asks for, as it travels through a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Its version.
    pub version: u32,
    /// JSON, with the version in it.
    pub text: String,
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What to do.
    pub kind: JobKind,
    /// Who goes first.
    pub priority: Priority,
}

/// The kinds of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobKind {
    /// Fetch a source, render it, keep the result.
    Render(RenderJob),
    /// Remove an object that no entry names any more, or what a discard has outdated.
    Delete(Delete),
    /// Ask origins whether sources have changed.
    Check(Check),
    /// Render again what was used lately of the sources of a revalidation, and switch to that.
    Refresh(Refresh),
    /// Work off every open discard: there is one such job at a time.
    Discard,
    /// Remove what is over.
    Housekeeping(Housekeeping),
}

/// The render of one cache key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenderJob {
    /// Addresses the result.
    pub key: CacheKey,
    /// What the processor is to do. Its parameters may hold secrets (a presigned watermark image): they are sent to
    /// imaginary and shown to nobody.
    pub render: Render,
    /// The canonical parameters, which entries keep and the administration shows.
    pub params: BTreeMap<String, String>,
    /// The URL to fetch, with the parameters that do not enter the key.
    pub url: SourceUrl,
    /// The source as the catalog names it.
    pub source: SourceRef,
    /// The other pictures that the render names (`image` of watermarkimage, also in a pipeline), each once. Older programs write none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<NamedSource>,
}

/// A source as a job names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSource {
    /// The URL to fetch, with the parameters that do not enter the key.
    pub url: SourceUrl,
    /// The source as the catalog names it.
    pub source: SourceRef,
}

/// A deletion, which comes from the outbox and is closed there when it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Delete {
    /// Of one object, of which the name tells the entry that may still name it.
    Object {
        /// The object.
        object: ObjectName,
    },
    /// Of everything that a discard has outdated.
    Outdated(Outdated),
}

/// What was made from some sources before they were discarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outdated {
    /// The sources.
    pub sources: Vec<SourceId>,
    /// What has a smaller stamp is outdated.
    pub below: Seq,
}

/// Those sources that are due, in one job at a time, or those of a revalidation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The id of the revalidation, which tells what is selected and how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revalidation: Option<String>,
}

/// The sources of a revalidation, in one job at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// Its id: the record tells what is selected and how far it is.
    pub revalidation: String,
}

/// Source documents without entries, failures, ended jobs and records past their time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Housekeeping {
    /// The instant for which it was scheduled: makes one job of a tick that several schedulers see.
    pub tick: Timestamp,
}

/// In whose name discards wait to be worked off. No origin is named so.
const DISCARDS: &str = "discards";

/// Requests go before upkeep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Somebody waits for it.
    Request,
    /// Nobody waits.
    Upkeep,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 2] = [Self::Request, Self::Upkeep];

    /// The name that queues use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Upkeep => "upkeep",
        }
    }
}

/// A payload that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadablePayload {
    /// Written by a version that this one does not know.
    #[error("payload version {0} is not known here, only {PAYLOAD_VERSION} is")]
    Version(u32),
    /// Not a payload.
    #[error("payload is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    #[serde(flatten)]
    kind: &'a JobKind,
}

impl RenderJob {
    /// Hash of the URLs to fetch, with the parameters that do not enter the key.
    #[must_use]
    pub fn url_id(&self) -> SourceId {
        // No URL has a line break.
        let urls: Vec<&str> = self.sources().map(|(url, _)| url.as_str()).collect();
        SourceId::of(&urls.join("\n"))
    }

    /// Everything that is fetched for it: the source, then the other pictures.
    pub fn sources(&self) -> impl Iterator<Item = (&SourceUrl, &SourceRef)> {
        let images = self.images.iter().map(|image| (&image.url, &image.source));
        std::iter::once((&self.url, &self.source)).chain(images)
    }

    /// The same, as the catalog names it.
    #[must_use]
    pub fn source_refs(&self) -> Vec<SourceRef> {
        self.sources().map(|(_, source)| source.clone()).collect()
    }
}

impl Delete {
    /// Tells it from others: the object, or the hash of what is outdated.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Object { object } => object.to_string(),
            Self::Outdated(Outdated { sources, below }) => {
                let sources: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
                let text = format!("{}\n{}", below.get(), sources.join("\n"));
                format!("outdated/{}", Digest::of(text.as_bytes()))
            }
        }
    }
}

impl Job {
    /// Works off the discards that are open. It goes with the requests: what is upkeep waits for them, and discards that pile up are
    /// refused in the end.
    #[must_use]
    pub const fn discard() -> Self {
        Self { kind: JobKind::Discard, priority: Priority::Request }
    }

    /// Work for which nobody waits.
    #[must_use]
    pub const fn upkeep(kind: JobKind) -> Self {
        Self { kind, priority: Priority::Upkeep }
    }

    /// What makes two jobs the same.
    #[must_use]
    pub fn id(&self) -> JobId {
        match &self.kind {
            JobKind::Render(render) => JobId::render(&render.key),
            JobKind::Delete(delete) => JobId::delete(delete),
            JobKind::Check(check) => JobId::check(check.revalidation.as_deref()),
            JobKind::Refresh(refresh) => JobId::refresh(&refresh.revalidation),
            JobKind::Discard => JobId::discard(),
            JobKind::Housekeeping(housekeeping) => JobId::housekeeping(housekeeping.tick.as_millis()),
        }
    }

    /// The origin (host and port) in whose waiting list it stands, so that a slow one holds up its own jobs only; empty for
    /// work that is no origin's. Working off discards has a list of its own, so that no other upkeep can take the slots that it needs.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.kind {
            JobKind::Render(render) => format!("{}:{}", render.url.host(), render.url.port()),
            // A check and a refresh ask many of them, and take turns by themselves.
            JobKind::Delete(_) | JobKind::Check(_) | JobKind::Refresh(_) | JobKind::Housekeeping(_) => {
                String::new()
            }
            JobKind::Discard => DISCARDS.to_owned(),
        }
    }
}

impl JobKind {
    /// The payload, in the version of this program.
    ///
    /// # Errors
    /// Never in practice: every field can be written as JSON.
    pub fn write(&self) -> Result<Payload, UnreadablePayload> {
        let text = serde_json::to_string(&Written { v: PAYLOAD_VERSION, kind: self })?;
        Ok(Payload { version: PAYLOAD_VERSION, text })
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// Another version, or text that is no payload.
    pub fn read(text: &str) -> Result<Self, UnreadablePayload> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let Version { v } = serde_json::from_str(text)?;
        if v != PAYLOAD_VERSION {
            return Err(UnreadablePayload::Version(v));
        }
        Ok(serde_json::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seq;
    use crate::testing::build;

    #[test]
    fn what_is_written_is_read() {
        for kind in [
            build::render_job("http://a.test/1.jpg", 300).kind,
            JobKind::Delete(Delete::Object { object: build::entry("http://a.test/1.jpg", Seq::ZERO).object }),
            JobKind::Delete(Delete::Outdated(Outdated {
                sources: vec![build::source_ref("http://a.test/1.jpg").id],
                below: Seq::new(7),
            })),
            JobKind::Check(Check { revalidation: None }),
            JobKind::Check(Check { revalidation: Some("x".to_owned()) }),
            JobKind::Refresh(Refresh { revalidation: "x".to_owned() }),
            JobKind::Discard,
            JobKind::Housekeeping(Housekeeping { tick: Timestamp::from_millis(3_600_000) }),
        ] {
            assert_eq!(JobKind::read(&kind.write().unwrap().text).unwrap(), kind);
        }
    }

    #[test]
    fn a_render_names_all_that_is_fetched_and_an_older_one_its_source_alone() {
        let JobKind::Render(mut job) = build::render_job("http://a.test/1.jpg", 300).kind else { panic!() };
        let (alone, text) = (job.url_id(), JobKind::Render(job.clone()).write().unwrap().text);
        assert!(!text.contains("images"), "as older programs write it: {text}");
        assert_eq!(alone, SourceId::of("http://a.test/1.jpg"));
        let mark = "http://b.test/mark.png?sig=1";
        job.images.push(NamedSource {
            url: mark.parse().unwrap(),
            source: build::source_ref("http://b.test/mark.png"),
        });
        assert_ne!(job.url_id(), alone);
        let urls: Vec<&str> = job.sources().map(|(url, _)| url.as_str()).collect();
        assert_eq!(urls, ["http://a.test/1.jpg", mark]);
        let kind = JobKind::Render(job);
        assert_eq!(JobKind::read(&kind.write().unwrap().text).unwrap(), kind);
    }

    #[test]
    fn a_payload_from_the_future_is_told_from_a_broken_one() {
        assert!(matches!(JobKind::read(r#"{"v":2,"kind":"dream"}"#), Err(UnreadablePayload::Version(2))));
        assert!(matches!(JobKind::read("{"), Err(UnreadablePayload::Malformed(_))));
    }
}
