//! Requests for images and their answers.

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
mod keys;
mod random;
mod ranges;
mod refusals;
mod sharing;
mod signatures;
mod sources;
mod table;
mod timing;
mod unkept;
