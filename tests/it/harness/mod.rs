//! What every whole-system test begins and ends with, and what many look at in between.

mod alone;
mod answer;
mod command;
mod losses;
mod nowhere;
mod orphans;
mod stores;
mod under_way;
mod wait;
mod wire;

use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Servers, System};

pub use alone::{api_alone, api_on};
pub use answer::Answer;
pub use command::{Ran, imcaxy};
pub use losses::lose_three_workers;
pub use nowhere::NOWHERE;
pub use orphans::remove_orphans;
pub use stores::{Kept, catalog, database, discard, documents, objects, queue, store};
pub use under_way::{living_jobs, waiting_requests};
pub use wait::{no_job_lives, until, until_hit, until_kept};
pub use wire::Wire;

/// The servers of this run.
pub fn servers() -> Servers {
    Servers::from_env().unwrap_or_else(|missing| panic!("{missing}"))
}

/// A system that checks at its end that nothing is left over.
pub fn system() -> Builder {
    System::builder().apis(2).workers(2).leftovers(stores::leftovers)
}

/// Starts `builder`.
pub async fn start(builder: Builder) -> System {
    builder.start(&servers()).await.unwrap_or_else(|error| panic!("{error}"))
}
