//! What every whole-system test begins and ends with, and what many look at in between.

mod again;
mod alone;
mod answer;
mod command;
mod losses;
mod nowhere;
mod orphans;
mod revalidate;
mod stacks;
mod stores;
mod under_way;
mod wait;
mod wire;

use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Servers, System};

pub use imcaxy_testkit::system::Stack;

pub use again::{another_api, forget_memory};
pub use alone::{alone, api_alone};
pub use answer::Answer;
pub use command::{Ran, imcaxy};
pub use losses::lose_three_workers;
pub use nowhere::NOWHERE;
pub use orphans::remove_orphans;
pub use revalidate::{give_width, picture, revalidate, width, width_in_memory, width_path, worked_off};
pub(crate) use stacks::on_both_stacks;
pub use stores::{
    Kept, READS_THE_LEDGER, Table, absences_are_long_ago, append_and_work_off, blocks, catalog, check_is_due,
    database, discard, discard_source, documents, failures, history, ids, ledger_is_read, objects,
    outbox_is_due, queue, source_is_unreadable, store, tick_is_due, ticks_are_settled,
    variants_are_uncounted,
};
pub use under_way::{living_jobs, waiting_requests};
pub use wait::{no_job_lives, until, until_hit, until_kept};
pub use wire::Wire;

/// The servers of this run.
pub fn servers() -> Servers {
    Servers::from_env().unwrap_or_else(|missing| panic!("{missing}"))
}

/// A system that checks at its end that nothing is left over: on the remote stack of two APIs and two workers.
pub fn on(stack: Stack) -> Builder {
    System::builder().stack(stack).apis(2).workers(2).leftovers(stores::leftovers)
}

/// The same on the remote stack.
pub fn system() -> Builder {
    on(Stack::Remote)
}

/// Starts `builder`.
pub async fn start(builder: Builder) -> System {
    builder.start(&servers()).await.unwrap_or_else(|error| panic!("{error}"))
}
