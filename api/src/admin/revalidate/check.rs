//! Mode `check`: origins are asked; what has changed or is gone is discarded. The call is answered when that is written down and begun.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Check, Job, JobKind};
use imcaxy_shared::ports::{Counts, Mode, PortError, Progress, Revalidation, RevalidationState};

use super::begun::{Begun, PATIENCE, submit};
use super::matched::{Matched, count};
use super::wanted::Wanted;
use crate::App;
use crate::admin::Actor;
use crate::error::Refused;

/// Has a selection checked.
///
/// What a crash leaves after the record: a check that a scheduler finds and has gone on with.
pub(super) async fn check(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Begun, Refused> {
    let progress = Progress { scopes: wanted.selection.scopes(), after: None, ahead: Vec::new(), step: 0 };
    let record = Revalidation {
        id: format!("{:032x}", rand::random::<u128>()),
        mode: Mode::Check,
        scope: wanted.selection.told(),
        by: actor.name().to_owned(),
        started_at: app.stores.clock.now(),
        finished_at: None,
        state: RevalidationState::Running,
        counts: Counts::default(),
        rules: None,
        progress: Some(progress),
    };
    app.catalog.ask(PATIENCE, app.stores.revalidations.begin(&record)).await?;
    let job = Job::upkeep(JobKind::Check(Check { revalidation: Some(record.id.clone()) }));
    let submitted = async {
        if let Err(cause) = submit(app, &job, Seq::ZERO).await {
            tracing::warn!(id = record.id, %cause, "the job of a check could not be submitted");
        }
    };
    let counted = app.catalog.ask(Duration::ZERO, count(app, &wanted.selection));
    let (matched, ()) = tokio::join!(counted, submitted);
    let matched = matched.unwrap_or_else(|cause: PortError| {
        tracing::warn!(id = record.id, %cause, "it could not be counted what a check is about");
        Matched::unknown()
    });
    Ok(Begun { record, matched })
}
