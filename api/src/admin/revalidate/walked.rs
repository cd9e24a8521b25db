//! Modes `check` and `refresh`: jobs go over the sources. The call is answered when that is written down and begun.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Position, Seq};
use imcaxy_shared::jobs::{Check, Job, JobKind, Refresh};
use imcaxy_shared::ports::{Mode, PortError, Progress, Revalidation, RevalidationState, Tally};

use super::begun::Begun;
use super::matched::{Matched, count};
use super::wanted::Wanted;
use crate::App;
use crate::admin::Actor;
use crate::admin::commit::{PATIENCE, submit};
use crate::error::Refused;

/// Has a selection checked.
pub(super) async fn check(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Begun, Refused> {
    let job = |id| JobKind::Check(Check { revalidation: Some(id) });
    begin(app, wanted, actor, Mode::Check, None, job).await
}

/// Has what was used lately of a selection rendered again.
///
/// What a crash leaves after the position was taken: nothing.
pub(super) async fn refresh(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Begun, Refused> {
    let since = app.catalog.ask(PATIENCE, app.stores.catalog.advance()).await?;
    let job = |id| JobKind::Refresh(Refresh { revalidation: id });
    begin(app, wanted, actor, Mode::Refresh, Some(since), job).await
}

/// What a crash leaves after the record: what a scheduler finds and has gone on with.
async fn begin(
    app: &Arc<App>,
    wanted: &Wanted,
    actor: &Actor,
    mode: Mode,
    since: Option<Position>,
    job: impl FnOnce(String) -> JobKind,
) -> Result<Begun, Refused> {
    let scopes = wanted.selection.scopes();
    let progress = Progress { scopes, after: None, ahead: Vec::new(), step: 0, since };
    let record = Revalidation {
        id: format!("{:032x}", rand::random::<u128>()),
        mode,
        scope: wanted.selection.told(),
        by: actor.name().to_owned(),
        started_at: app.stores.clock.now(),
        finished_at: None,
        state: RevalidationState::Running,
        tally: Tally::default(),
        rules: None,
        progress: Some(progress),
    };
    app.catalog.ask(PATIENCE, app.stores.revalidations.begin(&record)).await?;
    let job = Job::upkeep(job(record.id.clone()));
    let submitted = async {
        if let Err(cause) = submit(app, &job, Seq::ZERO).await {
            tracing::warn!(id = record.id, %cause, "the job of a revalidation could not be submitted");
        }
    };
    let counted = app.catalog.ask(Duration::ZERO, count(app, &wanted.selection));
    let (matched, ()) = tokio::join!(counted, submitted);
    let matched = matched.unwrap_or_else(|cause: PortError| {
        tracing::warn!(id = record.id, %cause, "it could not be counted what a revalidation is about");
        Matched::unknown()
    });
    Ok(Begun { record, matched })
}
