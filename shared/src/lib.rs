//! What the roles of Imcaxy have in common: the request and its key, entries and jobs as plain values, the
//! ports to the stores and their backends, settings, telemetry and the life of a process.

pub mod request;
