//! Jobs as values: what they ask for, what makes two of them the same, how they end. Pure.

mod again;
mod announcement;
pub mod direct;
mod id;
mod nudge;
mod payload;
mod timings;

pub use crate::entry::{Failure, FailureCode};
pub use announcement::{Announced, Announcement, MalformedAnnouncement, Unkept};
pub use id::{JobId, ReplicaId, Token, WorkerId};
pub use nudge::{MalformedNudge, Nudge};
pub use payload::{
    Check, Delete, Housekeeping, Job, JobKind, NamedSource, Outdated, PAYLOAD_VERSION, Payload, Priority,
    READABLE_VERSIONS, Refresh, RenderJob, UnreadablePayload,
};
pub use timings::Timings;
