//! Committing from a call: for whoever waits, as long as it makes sense to.

use std::future::ready;
use std::time::Duration;

use imcaxy_shared::discard::{Committed, Discarded};
use imcaxy_shared::entry::{MOST_OPEN, Scope, Seq};
use imcaxy_shared::jobs::{Job, Token};
use imcaxy_shared::ports::{PortError, Submission};
use tokio::time::{Instant, sleep, timeout};

use crate::App;
use crate::error::Refused;

/// How long a catalog that is away is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// How long one write may take. When several write at once, each but the first has to try again: that may take seconds, and does
/// not mean that the catalog is away.
const COMMIT: Duration = Duration::from_secs(8);
/// How long a call waits for open discards to be worked off where there is no room for its own, and the pause between two looks.
const PLACES: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(200);

/// Commits discards. Where there is no room for them, it has others worked off and waits for that for a while.
///
/// # Errors
/// The catalog cannot be reached; they may or may not be committed.
pub(super) async fn commit(app: &App, scopes: &[Scope]) -> Result<Discarded, PortError> {
    let until = Instant::now() + PLACES;
    let mut asked = false;
    loop {
        let discarded = in_time(app, app.discards.commit(scopes.to_vec())).await?;
        if matches!(discarded, Discarded::Committed(_)) || Instant::now() + LOOK > until {
            return Ok(discarded);
        }
        if !asked {
            asked = true;
            submit_discard(app, Seq::ZERO).await;
        }
        sleep(LOOK).await;
    }
}

/// Tells the replicas of a change of blocks that is written.
///
/// # Errors
/// The catalog cannot be reached; they may or may not be told.
pub(super) async fn tell_blocks(app: &App) -> Result<Committed, PortError> {
    in_time(app, app.discards.tell_blocks()).await
}

/// What is said where there is no room.
pub(super) fn no_room() -> Refused {
    Refused::unavailable(&format!(
        "too many discards wait to be worked off: {MOST_OPEN} are allowed together, and three quarters of that for calls about many urls; ask again soon"
    ))
}

/// Submits the job that works off open discards, up to `want` at least. Without it a scheduler finds that there is something to do.
pub(super) async fn submit_discard(app: &App, want: Seq) {
    if let Err(cause) = submit(app, &Job::discard(), want).await {
        tracing::warn!(%cause, "the job that works off a discard could not be submitted");
    }
}

/// Has a job done, with a stamp of `want` at least.
pub(super) async fn submit(app: &App, job: &Job, want: Seq) -> Result<(), PortError> {
    let submission = Submission::of(job, want, Token::new(rand::random()))?;
    app.stores.queue.submit(&submission).await.map(drop)
}

/// Carries out a write that may take longer than a question to the catalog may. It is not asked as one, because a question that is late makes
/// the catalog count as away; a question of no weight before it finds out whether the catalog is away already.
///
/// # Errors
/// The catalog cannot be reached; it may or may not be written.
pub(super) async fn in_time<T>(
    app: &App,
    write: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    app.catalog.ask(PATIENCE, ready(Ok(()))).await?;
    let late = |_| Err(PortError::unavailable("catalog", "a write has no answer in time"));
    timeout(COMMIT, write).await.unwrap_or_else(late)
}
