//! Mode `discard`: nobody is answered any more with what was made before, and then the call is answered.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::discard::{Committed, Discarded};
use imcaxy_shared::entry::{Block, BlockTarget, MOST_BLOCKS, Seq};
use imcaxy_shared::ports::{Mode, PortError, Revalidation, RevalidationState, Span, Tally};

use super::begun::Begun;
use super::matched::{Matched, count};
use super::wanted::Wanted;
use crate::App;
use crate::admin::Actor;
use crate::admin::commit::{PATIENCE, commit, in_time, no_room, submit_discard, tell_blocks};
use crate::error::{Code, Refused};

/// Discards a selection: when this returns, no replica answers any more with what was made before; the rest is being done.
///
/// The order of writes, and what a crash after each leaves: the commit: it counts, is open and has no record; the blocks, if it is to be
/// refused: they are refused by those who read the list for another reason, and asking once more is safe; that they are told: as after the
/// commit; the record: it is open. Open discards are worked off by who finds them. What there is no room for has left nothing.
pub(super) async fn discard(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Begun, Refused> {
    let started_at = app.stores.clock.now();
    let scopes = wanted.selection.scopes();
    let many = i64::try_from(scopes.len()).unwrap_or(i64::MAX);
    let targets = if wanted.block { wanted.selection.targets() } else { Vec::new() };
    if !targets.is_empty() {
        room_for_blocks(app, &targets).await?;
    }
    let Discarded::Committed(mut committed) = commit(app, &scopes).await? else { return Err(no_room()) };
    let last = committed.position.seq;
    let rules = Span {
        incarnation: committed.position.incarnation.clone(),
        first: Seq::new(last.get() - many + 1),
        last,
    };
    if !targets.is_empty() {
        // It comes later in the ledger, so that who has applied it has applied both.
        committed = block(app, targets, actor).await?;
    }
    let record = Revalidation {
        id: format!("{:032x}", rand::random::<u128>()),
        mode: Mode::Discard,
        scope: wanted.selection.told(),
        by: actor.name().to_owned(),
        started_at,
        finished_at: None,
        state: RevalidationState::Running,
        tally: Tally::default(),
        rules: Some(rules),
        progress: None,
    };
    let matched = acknowledge(app, wanted, &record, committed).await;
    Ok(Begun { record, matched })
}

/// That there is room for the blocks that are asked for.
///
/// # Errors
/// There is none, or the catalog cannot be reached.
async fn room_for_blocks(app: &App, targets: &[BlockTarget]) -> Result<(), Refused> {
    let others = app.catalog.ask(PATIENCE, app.stores.blocks.count_besides(targets)).await?;
    if others + targets.len() <= MOST_BLOCKS {
        return Ok(());
    }
    let message = format!(
        "{others} others are blocked, and {MOST_BLOCKS} blocks are allowed; block a prefix or a host instead of many urls, or unblock some"
    );
    Err(Refused::new(Code::Conflict, message))
}

/// Has it refused when this is acknowledged.
async fn block(app: &App, targets: Vec<BlockTarget>, actor: &Actor) -> Result<Committed, PortError> {
    let at = app.stores.clock.now();
    let block = |target| Block { target, at, by: actor.name().to_owned() };
    let blocks: Vec<Block> = targets.into_iter().map(block).collect();
    in_time(app, app.stores.blocks.block(&blocks)).await?;
    tell_blocks(app).await
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
        submit_discard(app, want).await;
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
