//! Requests for images and their answers.

mod addresses;
mod bytes;
mod cache_control;
mod changes;
mod coalescing;
mod conditional;
mod cors;
mod discards;
mod failures;
mod freshness;
mod healing;
mod hits;
mod hostile;
mod imaginaries;
mod keys;
mod limits;
mod random;
mod ranges;
mod refusals;
mod sharing;
mod signatures;
mod sources;
mod table;
mod timing;
mod unkept;
mod watermarks;
