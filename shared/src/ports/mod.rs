//! The ports to everything that is kept outside a process, and the rules that every backend of one must hold.
//!
//! All are `Send + Sync`, object-safe and held as `Arc<dyn …>`. Absent is `None`; deleting the absent is fine; an error
//! means that nothing is known. Time comes from a [`Clock`]. Each port but the clock has a contract suite in
//! `crate::testing` that all its backends pass.
//!
//! What somebody broke, or another version wrote, may be such that it cannot be read. Who asks for it alone is told so. A page goes on without
//! it, and is filled up with what comes after it; the log says once a page that something was left out.

mod audit;
mod blocks;
mod catalog;
mod clock;
mod discard_log;
mod error;
mod history;
mod inventory;
mod moment;
mod notifier;
mod objects;
mod outbox;
mod queue;
mod replicas;
mod revalidations;
mod tally;
mod ticks;
mod usage;
mod work_off;

pub use audit::{AuditLine, AuditLog};
pub use blocks::{BlockPage, BlockPlace, Blocks};
pub use catalog::{Catalog, LEFT_ALONE, Made, Prepared, Recorded, SourcesPage};
pub use clock::{Clock, SystemClock};
pub use discard_log::{Appended, DiscardLog};
pub use error::{PortError, Trouble};
pub use history::{End, EndedJob, EndedState, JobHistory, Search};
pub use inventory::{Among, Inventory, NotARank, Page, Rank, SourceOrder, VariantOrder};
pub use moment::{Moment, NotAMoment};
pub use notifier::{MissedNudges, News, Notifier, Nudges, Subscription};
pub use objects::{ObjectBody, ObjectStore};
pub use outbox::{OUTBOX_SKEW, Outbox, OutboxId, OutboxItem};
pub use queue::{
    ASKED_AGAIN, BEYOND, Bound, Claim, Ended, Ending, FEW, Finished, JobQueue, LAST_CHANCE, LONGEST_DELAY,
    LiveJob, LiveState, MOST_LOSSES, MOST_REQUEUES, Overload, PACE_SPAN, READABLE_FOR, RENEWED_WITHIN,
    Reaped, Room, Sighting, Submission, Submitted, Taken, Tended, Waiting, Wake,
};
pub use replicas::{REPLICA_LEASE, Replica, Replicas};
pub use revalidations::{Mode, Progress, Revalidation, RevalidationState, Revalidations, Span};
pub use tally::{Counts, FailedSource, Failures, Tally};
pub use ticks::{ClaimedTick, Tick, Ticks};
pub use usage::{UsageLog, UsesOnDay};
pub use work_off::{Walk, work_off};
