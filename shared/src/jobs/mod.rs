//! Jobs as values: what they ask for, what makes two of them the same, how they end. Pure.

mod announcement;
mod failure;
mod id;
mod payload;

pub use announcement::{Announced, Announcement, MalformedAnnouncement};
pub use failure::{Failure, FailureCode};
pub use id::{JobId, Token, WorkerId};
pub use payload::{
    Housekeeping, Job, JobKind, PAYLOAD_VERSION, Payload, Priority, READABLE_VERSIONS, RenderJob,
    UnreadablePayload,
};
