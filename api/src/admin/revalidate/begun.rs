//! What was begun: its job, and the wait for its end.

use std::time::Duration;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Job, JobKind, Priority, Token};
use imcaxy_shared::ports::{PortError, Revalidation, RevalidationState, Submission};
use tokio::time::{Instant, sleep};

use super::matched::Matched;
use super::wanted::Wanted;
use crate::App;

/// How long a catalog that is away is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks whether it is done.
const LOOK: Duration = Duration::from_millis(50);

/// What came of a call.
pub(super) enum Done {
    /// It has begun; of a discard that means that no replica answers any more with what was made before.
    Begun(Revalidation, Matched),
    /// All of it is done.
    Finished(Revalidation),
}

/// Has upkeep done, with a stamp of `want` at least.
pub(in crate::admin) async fn submit(app: &App, kind: JobKind, want: Seq) -> Result<(), PortError> {
    let job = Job { kind, priority: Priority::Upkeep };
    let submission = Submission::of(&job, want, Token::new(rand::random()))?;
    app.stores.queue.submit(&submission).await.map(drop)
}

/// The report, if it is waited for and finished in time.
pub(super) async fn waited_for(app: &App, wanted: &Wanted, record: Revalidation, matched: Matched) -> Done {
    let Some(wait) = wanted.wait else { return Done::Begun(record, matched) };
    match finished(app, &record.id, Instant::now() + wait).await {
        Some(report) => Done::Finished(report),
        None => Done::Begun(record, matched),
    }
}

async fn finished(app: &App, id: &str, until: Instant) -> Option<Revalidation> {
    loop {
        let found = app.catalog.ask(Duration::ZERO, app.stores.revalidations.revalidation(id)).await;
        match found {
            Ok(Some(one)) if one.state != RevalidationState::Running => return Some(one),
            _ if Instant::now() + LOOK >= until => return None,
            _ => sleep(LOOK).await,
        }
    }
}
