//! Mode `discard`: nobody is answered any more with what was made before, and then the call is answered.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::discard::{Committed, Discarded};
use imcaxy_shared::entry::{Block, MOST_OPEN, Scope, Seq};
use imcaxy_shared::jobs::JobKind;
use imcaxy_shared::ports::{Counts, Mode, PortError, Revalidation, RevalidationState, Span};
use tokio::time::timeout;

use super::begun::{Done, PATIENCE, submit, waited_for};
use super::matched::{Matched, count};
use super::wanted::Wanted;
use crate::App;
use crate::admin::Actor;
use crate::error::Refused;

/// How long a commit may take.
const COMMIT: Duration = Duration::from_secs(8);

/// Discards a selection.
///
/// The order of writes, and what a crash after each leaves: the blocks, if it is to be refused: they are refused by those who read the list
/// for another reason, and asking once more is safe; the commit: it counts, is open and has no record; the record: it
/// is open. Open discards are worked off by who finds them.
pub(super) async fn discard(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Done, Refused> {
    let started_at = app.stores.clock.now();
    let scopes = wanted.selection.scopes();
    let many = i64::try_from(scopes.len()).unwrap_or(i64::MAX);
    if wanted.block {
        block(app, wanted, actor).await?;
    }
    let committed = match commit(app, scopes, wanted.block).await? {
        Discarded::Committed(committed) => committed,
        Discarded::TooManyOpen => {
            let message = format!("{MOST_OPEN} discards wait to be worked off, and no more are taken");
            return Err(Refused::unavailable(&message));
        }
    };
    let last = committed.position.seq;
    let rules = Span {
        incarnation: committed.position.incarnation.clone(),
        first: Seq::new(last.get() - many + 1),
        last,
    };
    let record = Revalidation {
        id: format!("{:032x}", rand::random::<u128>()),
        mode: Mode::Discard,
        scope: wanted.selection.told(),
        by: actor.name().to_owned(),
        started_at,
        finished_at: None,
        state: RevalidationState::Running,
        counts: Counts::default(),
        rules: Some(rules),
        progress: None,
    };
    let matched = acknowledge(app, wanted, &record, committed).await;
    Ok(waited_for(app, wanted, record, matched).await)
}

/// Commits. Others may commit at the same time, and be first several times: that takes long, and does not mean that the catalog is away.
async fn commit(app: &App, scopes: Vec<Scope>, for_blocks: bool) -> Result<Discarded, PortError> {
    app.catalog.ask(PATIENCE, ready(Ok(()))).await?;
    let late = |_| Err(PortError::unavailable("catalog", "the commit has no answer in time"));
    let commit = async {
        if for_blocks {
            app.discards.commit_for_blocks(scopes).await
        } else {
            app.discards.commit(scopes).await
        }
    };
    timeout(COMMIT, commit).await.unwrap_or_else(late)
}

/// Has it refused from the commit on that follows.
async fn block(app: &App, wanted: &Wanted, actor: &Actor) -> Result<(), PortError> {
    let at = app.stores.clock.now();
    let blocks = wanted.selection.targets().into_iter();
    let blocks: Vec<Block> = blocks.map(|target| Block { target, at, by: actor.name().to_owned() }).collect();
    app.catalog.ask(PATIENCE, app.stores.blocks.block(&blocks)).await
}

/// Waits for every replica; meanwhile it is written down, worked off and counted. Whatever of that fails, the discard counts.
async fn acknowledge(
    app: &Arc<App>,
    wanted: &Wanted,
    record: &Revalidation,
    committed: Committed,
) -> Matched {
    let want = committed.position.seq;
    let follow = async {
        if let Err(cause) = app.catalog.ask(PATIENCE, app.stores.revalidations.begin(record)).await {
            tracing::warn!(id = record.id, %cause, "a discard has no record");
        }
        // Without the job a scheduler finds that there is something to do.
        if let Err(cause) = submit(app, JobKind::Discard, want).await {
            tracing::warn!(id = record.id, %cause, "the job that works off a discard could not be submitted");
        }
    };
    let (matched, (), ()) = tokio::join!(
        app.catalog.ask(Duration::ZERO, count(app, &wanted.selection)),
        app.discards.acknowledged(committed),
        follow
    );
    matched.unwrap_or_else(|cause| {
        tracing::warn!(id = record.id, %cause, "it could not be counted what a discard is about");
        Matched::unknown()
    })
}
