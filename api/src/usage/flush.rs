//! Writing down what was counted.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::Day;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::PortError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::MOST_KEYS;
use super::pending::Pending;
use crate::App;

/// Keys, sources or days that are written down by one command: a catalog on its way to being overloaded gets small bites, and what is
/// acknowledged is not written again.
const AT_ONCE: usize = 500;
/// How long the last flush waits for entries that are being recorded, and the pause between two looks.
const RECORDED_SOON: Duration = Duration::from_secs(2);
const LOOKED_AGAIN: Duration = Duration::from_millis(100);

/// Writes down each `every` what was counted, and once more when `books`, which ends after the last answer, says so.
pub(crate) fn start(app: &Arc<App>, every: Duration, books: &Lifecycle) {
    let (app, ending) = (Arc::clone(app), books.clone());
    books.spawn(async move {
        let mut pending = Pending::of(MOST_KEYS);
        let mut due = interval(every);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_behind = false;
        loop {
            let is_last = tokio::select! {
                _ = due.tick() => false,
                () = ending.stopping() => true,
            };
            pending.take_in(app.usage.table.take(), Instant::now());
            let mut written = write(&app, &mut pending, is_last).await;
            if is_last && written.is_ok() {
                written = write_late(&app, &mut pending).await;
            }
            tell(&mut pending, &written, is_behind, is_last);
            if is_last {
                break;
            }
            is_behind = written.is_err();
        }
    });
}

/// What is written down goes from `pending`; what may or may not be, stays, and is added once more: see
/// [`UsageLog`](imcaxy_shared::ports::UsageLog) for why.
async fn write(app: &App, pending: &mut Pending, is_last: bool) -> Result<(), PortError> {
    let log = &app.stores.usage;
    for some in pending.entries().chunks(AT_ONCE) {
        let absent = ask(app, is_last, log.add_to_entries(some)).await?;
        pending.added_to_entries(some, &absent, Instant::now());
    }
    for some in pending.sources().chunks(AT_ONCE) {
        ask(app, is_last, log.add_to_sources(some)).await?;
        pending.added_to_sources(some);
    }
    let (run, days) = pending.days();
    for some in days.chunks(AT_ONCE) {
        ask(app, is_last, log.note_days(&run, some)).await?;
        pending.noted_days(some);
    }
    pending.turn_page(Day::of(app.stores.clock.now()));
    Ok(())
}

/// What was answered before it was recorded, at the very end, is waited for.
async fn write_late(app: &App, pending: &mut Pending) -> Result<(), PortError> {
    let end = Instant::now() + RECORDED_SOON;
    while pending.waiting() > 0 && Instant::now() < end {
        sleep(LOOKED_AGAIN).await;
        write(app, pending, true).await?;
    }
    Ok(())
}

/// A catalog that is known to be away is not asked, but for the last time: nobody looks for its return any more.
async fn ask<T>(
    app: &App,
    is_last: bool,
    question: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    if is_last { question.await } else { app.catalog.ask_beside(question).await }
}

fn tell(pending: &mut Pending, written: &Result<(), PortError>, was_behind: bool, is_last: bool) {
    let lost = pending.lost();
    if lost > 0 {
        tracing::warn!(lost, "uses were not counted: there was no room for so many pictures");
    }
    match written {
        Err(cause) if is_last => {
            tracing::warn!(lost = pending.waiting(), %cause, "uses could not be written down, and are lost");
        }
        Err(cause) if !was_behind => {
            tracing::warn!(%cause, "uses cannot be written down now, and are kept");
        }
        Ok(()) if was_behind => tracing::info!("uses are written down again"),
        _ => {}
    }
}
