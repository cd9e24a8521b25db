//! What the roles of Imcaxy have in common: the request and its key, entries and jobs as plain values, the
//! ports to the stores and their backends, settings, telemetry and the life of a process.
//!
//! Inside, whoever stands further right is imported: `backends → ports → jobs → entry → request`. Built without default
//! features it is the pure part alone, without a vendor's crate.

#[cfg(feature = "runtime")]
pub mod backends;
pub mod backoff;
#[cfg(feature = "runtime")]
pub mod blocks;
pub mod causes;
#[cfg(feature = "config")]
pub mod config;
#[cfg(feature = "runtime")]
pub mod discard;
pub mod entry;
pub mod finding;
#[cfg(feature = "config")]
pub mod guard;
pub mod jobs;
#[cfg(feature = "runtime")]
pub mod lifecycle;
#[cfg(feature = "runtime")]
pub mod patience;
#[cfg(feature = "runtime")]
pub mod ports;
pub mod request;
#[cfg(feature = "runtime")]
pub mod samples;
#[cfg(feature = "runtime")]
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod told;
