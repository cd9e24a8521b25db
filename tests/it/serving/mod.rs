//! Requests for images and their answers.

mod bytes;
mod changes;
mod coalescing;
mod conditional;
mod discards;
mod failures;
mod healing;
mod hits;
mod keys;
mod random;
mod ranges;
mod refusals;
mod signatures;
mod sources;
mod table;
