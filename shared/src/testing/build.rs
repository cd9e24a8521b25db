//! Values for tests, made from as little as a test wants to say.

use std::collections::BTreeMap;
#[cfg(feature = "runtime")]
use std::time::Duration;

use crate::entry::{
    Digest, Entry, Failure, FailureCode, Ledger, MadeFrom, ObjectName, RememberedFailure, Rule, Seq, Source,
    SourceRef, Stamped,
};
use crate::jobs::{Job, JobKind, Priority, RenderJob};
#[cfg(feature = "runtime")]
use crate::jobs::{JobId, PAYLOAD_VERSION, Payload, Token, WorkerId};
#[cfg(feature = "runtime")]
use crate::ports::{Claim, End, EndedJob, Room, Submission};
use crate::request::{CacheKey, IgnoredQuery, ImageRequest, Render, SourceId};
use crate::time::Timestamp;

/// The request for the picture at `url`, `width` pixels wide.
#[must_use]
pub fn request(url: &str, width: u32) -> ImageRequest {
    ImageRequest::parse("/resize", &format!("width={width}&url={url}"), None)
        .expect("a request that is understood")
}

/// What is asked for by an operation and its query, without source: `resize?width=80`. `None`: it is refused.
#[must_use]
pub fn render(request: &str) -> Option<Render> {
    let (operation, query) = request.split_once('?').unwrap_or((request, ""));
    let query = format!("{query}&url=http://a.test/1");
    ImageRequest::parse(&format!("/{operation}"), &query, None).ok().map(|request| request.render())
}

/// The key of [`request`].
#[must_use]
pub fn key(url: &str, width: u32) -> CacheKey {
    CacheKey::of("imaginary", "", &request(url, width).canonical(&IgnoredQuery::default()))
}

/// The source at `url`, as entries name it.
#[must_use]
pub fn source_ref(url: &str) -> SourceRef {
    SourceRef { id: SourceId::of(url), url: url.to_owned() }
}

/// The bytes of every source.
pub const BYTES: &[u8] = b"bytes";

/// The source at `url` as the entries made from it name it.
#[must_use]
pub fn made_from(url: &str) -> MadeFrom {
    MadeFrom::new(source_ref(url), Digest::of(BYTES))
}

/// A source that was discarded last at `discarded` and fetched since.
#[must_use]
pub fn source(url: &str, discarded: Seq) -> Source {
    let created_at = Timestamp::from_millis(1_700_000_000_000);
    Source {
        digest: Some(Stamped { value: Digest::of(BYTES), stamp: discarded }),
        ..Source::new(source_ref(url), "a.test", discarded, created_at)
    }
}

/// The entry of `url`, 300 pixels wide, with an object of its own at every call.
#[must_use]
pub fn entry(url: &str, stamp: Seq) -> Entry {
    let request = request(url, 300);
    let form = request.canonical(&IgnoredQuery::default());
    let key = CacheKey::of("imaginary", "", &form);
    Entry {
        object: ObjectName::new(&key, rand::random()),
        key,
        sources: vec![made_from(url)],
        stamp,
        next: None,
        operation: request.operation,
        params: BTreeMap::from([("width".to_owned(), "300".to_owned())]),
        content_type: "image/jpeg".to_owned(),
        size: 5,
        etag: Entry::etag_of(b"12345"),
        processor: "imaginary".to_owned(),
        renderer: Some("imaginary dev, bimg 1.1.4, libvips 8.14.1".to_owned()),
        created_at: Timestamp::from_millis(1_700_000_000_000),
        renewed_at: None,
        render_ms: 30,
        uses: 0,
        last_used_at: None,
    }
}

/// A ledger with these rules, and a position to match.
#[must_use]
pub fn ledger(rules: Vec<Rule>) -> Ledger {
    let seq = rules.iter().map(|rule| rule.at).max().unwrap_or(Seq::ZERO);
    Ledger { incarnation: "0123456789abcdef".to_owned(), seq, rules, trims: 0, blocks_at: Seq::ZERO }
}

/// What is remembered of a render of `url`, 300 pixels wide, that failed at `now`.
#[must_use]
pub fn failure(url: &str, stamp: Seq, now: Timestamp) -> RememberedFailure {
    let failure = Failure::new(FailureCode::SourceFailed, "the origin answered 500");
    RememberedFailure::new(key(url, 300), vec![source_ref(url)], stamp, failure, now)
}

/// The job of [`request`].
#[must_use]
pub fn render_job(url: &str, width: u32) -> Job {
    let request = request(url, width);
    let render = RenderJob {
        key: key(url, width),
        params: request.canonical(&IgnoredQuery::default()).params().clone(),
        render: request.render(),
        url: request.source.clone(),
        source: source_ref(url),
        images: Vec::new(),
    };
    Job { kind: JobKind::Render(render), priority: Priority::Request }
}

/// The first claim of a life of `job`, with a token of its own at every call.
#[cfg(feature = "runtime")]
#[must_use]
pub fn claim(job: &Job) -> Claim {
    Claim {
        id: job.id(),
        token: Token::new(rand::random()),
        want: Seq::ZERO,
        attempt: 1,
        payload: job.kind.write().expect("a payload").text,
        origin: String::new(),
        priority: job.priority,
        lost: 0,
        queued_at: Timestamp::from_millis(1_700_000_000_000),
    }
}

/// A life of `job` that ended so, with a token of its own at every call.
#[cfg(feature = "runtime")]
#[must_use]
pub fn ended_job(job: &Job, end: End<'_>, ended_at: Timestamp) -> EndedJob {
    EndedJob::of(&claim(job), &WorkerId::new(7), None, end, ended_at)
}

/// So long that nothing is dropped for want of somebody who asks for it.
#[cfg(feature = "runtime")]
pub const PATIENT: Duration = Duration::from_secs(3600);

/// So many free slots in a worker that has all its share for one origin and all the time in the world.
#[cfg(feature = "runtime")]
#[must_use]
pub const fn room(slots: usize) -> Room<'static> {
    Room { slots, share: usize::MAX, busy: &[], patience: PATIENT, pass_on: true }
}

/// A request's job that fails as soon as it is begun, since nobody can read it; its id is as long as that of a render. It has a
/// token of its own at every call.
#[cfg(feature = "runtime")]
#[must_use]
pub fn unreadable(number: usize) -> Submission<'static> {
    Submission {
        id: JobId::from_queue(format!("render/{number:064}")),
        origin: "a.test:80".to_owned(),
        priority: Priority::Request,
        payload: Payload { version: PAYLOAD_VERSION, text: "{".to_owned() },
        want: Seq::ZERO,
        token: Token::new(rand::random()),
        waiting: None,
        bound: None,
    }
}
