//! What is done about pictures that are too old: they are answered while they are renewed, or when they cannot be.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use imcaxy_shared::entry::{Entry, Next, Seq, Stale};
use imcaxy_shared::jobs::{Job, Priority, Token};
use imcaxy_shared::ports::{PortError, Submission};
use imcaxy_shared::request::CacheKey;
use imcaxy_shared::time::Timestamp;
use moka::future::Cache;

use crate::App;
use crate::cache_status::CacheStatus;
use crate::error::Refused;
use crate::lookup::Asked;
use crate::open::open;
use crate::reply::Answer;

/// How many keys are remembered of which a renewal was tried; one that is forgotten is tried once more.
const MOST_KEYS: u64 = 100_000;

/// What this process has lately tried to have renewed, by the instant of the last success: the queue joins equal jobs, but is
/// not to be asked by each request.
pub(crate) struct Renewals {
    asked: Cache<CacheKey, Timestamp>,
    failed: Cache<CacheKey, Timestamp>,
}

impl Renewals {
    /// A renewal of one key is tried once in `pace`, as long as it does not succeed.
    pub(crate) fn new(pace: Duration) -> Self {
        let cache = || Cache::builder().max_capacity(MOST_KEYS).time_to_live(pace).build();
        Self { asked: cache(), failed: cache() }
    }

    /// Whether nobody here has lately asked for the renewal of this entry, as it is; from now on somebody has.
    async fn claim_turn(&self, entry: &Entry) -> bool {
        let seen = Some(entry.confirmed_at());
        let due = self.asked.get(&entry.key).await != seen;
        if due {
            self.asked.insert(entry.key.clone(), entry.confirmed_at()).await;
        }
        due
    }

    async fn has_failed(&self, entry: &Entry) -> bool {
        self.failed.get(&entry.key).await == Some(entry.confirmed_at())
    }

    /// Somebody has waited for a renewal in vain: others need not, for a while.
    async fn note_failure(&self, entry: &Entry) {
        self.failed.insert(entry.key.clone(), entry.confirmed_at()).await;
    }
}

/// What a request does that has met a stale entry.
pub(crate) enum Course {
    /// It answers.
    Answer(Box<Answer>),
    /// It waits for what is rendered or renewed; when that fails in passing it may answer with this.
    Wait { want: Seq, last_resort: Option<Box<Stale>> },
}

/// Decides it, and has the entry renewed if it is to be.
///
/// # Errors
/// The object store is away.
pub(crate) async fn meet(
    app: &Arc<App>,
    http: &Parts,
    asked: &Asked,
    stale: Box<Stale>,
) -> Result<Course, PortError> {
    let want = stale.want;
    let last_resort = match stale.next {
        Next::Wait { last_resort: false } => return Ok(Course::Wait { want, last_resort: None }),
        Next::Wait { last_resort: true } if !app.renewals.has_failed(&stale.entry).await => {
            return Ok(Course::Wait { want, last_resort: Some(stale) });
        }
        Next::Renew | Next::Wait { .. } => {
            if app.renewals.claim_turn(&stale.entry).await {
                submit(app, &asked.job, want);
            }
            stale
        }
        Next::Leave(_) => stale,
    };
    Ok(match answer(app, http, asked, &last_resort.entry, last_resort.past).await? {
        Some(answer) => Course::Answer(Box::new(answer)),
        // It has lost its object.
        None => Course::Wait { want, last_resort: None },
    })
}

/// Answers with what is too old when its renewal has failed in passing.
///
/// # Errors
/// The failure, when there is nothing to answer with.
pub(crate) async fn resort(
    app: &App,
    http: &Parts,
    asked: &Asked,
    last_resort: Option<Box<Stale>>,
    refused: Refused,
) -> Result<Answer, Refused> {
    let Some(stale) = last_resort.filter(|_| refused.is_passing()) else { return Err(refused) };
    app.renewals.note_failure(&stale.entry).await;
    answer_if_there(app, http, asked, &stale.entry, stale.past).await.ok_or(refused)
}

/// Answers with an entry that is the last resort; what keeps it from being answered is logged, since the client is told why it was
/// needed.
pub(crate) async fn answer_if_there(
    app: &App,
    http: &Parts,
    asked: &Asked,
    entry: &Entry,
    past: Duration,
) -> Option<Answer> {
    answer(app, http, asked, entry, past).await.unwrap_or_else(|cause| {
        tracing::warn!(key = %entry.key, %cause, "an old picture could not be read, which would have been answered");
        None
    })
}

/// Answers with an entry that has been stale for `past`; `None` when it has lost its object.
///
/// # Errors
/// The object store is away.
async fn answer(
    app: &App,
    http: &Parts,
    asked: &Asked,
    entry: &Entry,
    past: Duration,
) -> Result<Option<Answer>, PortError> {
    let opened = open(app, http, entry).await?;
    Ok(opened.map(|opened| Answer {
        entry: Arc::new(entry.clone()),
        opened,
        status: CacheStatus::stale(past),
        asked: asked.clone(),
        unkept: None,
    }))
}

/// Puts a renewal into the queue, behind what others wait for; nobody waits for it.
fn submit(app: &Arc<App>, job: &Job, want: Seq) {
    let (renewing, job) = (Arc::clone(app), Job { priority: Priority::Upkeep, ..job.clone() });
    app.lifecycle.spawn(async move {
        if let Err(cause) = try_to_submit(&renewing, &job, want).await {
            tracing::warn!(job = %job.id(), %cause, "a renewal could not be asked for");
        }
    });
}

/// Of what nobody waits for no more waits than of what somebody does: a site whose pictures all become stale at once is renewed
/// little by little.
async fn try_to_submit(app: &App, job: &Job, want: Seq) -> Result<(), PortError> {
    if app.stores.queue.depth(Priority::Upkeep).await? >= app.rules.max_depth {
        tracing::debug!(job = %job.id(), "enough renewals wait; this one is asked for later");
        return Ok(());
    }
    let submission = Submission::of(job, want, Token::new(rand::random()))?;
    app.stores.queue.submit(&submission).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::testing::build;

    #[tokio::test]
    async fn a_renewal_is_asked_for_once_until_it_succeeds_or_some_time_has_passed() {
        let renewals = Renewals::new(Duration::from_millis(200));
        let entry = build::entry("http://a.test/1.jpg", Seq::ZERO);
        let renewed =
            Entry { renewed_at: Some(entry.created_at.plus(Duration::from_secs(9))), ..entry.clone() };
        assert!(renewals.claim_turn(&entry).await && !renewals.claim_turn(&entry).await);
        assert!(renewals.claim_turn(&renewed).await && !renewals.claim_turn(&renewed).await);
        renewals.note_failure(&renewed).await;
        assert!(renewals.has_failed(&renewed).await && !renewals.has_failed(&entry).await);
        let later = async {
            while !renewals.claim_turn(&renewed).await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), later).await.expect("it is due again");
    }
}
