//! Requests for images and their answers.

mod bytes;
mod changes;
mod coalescing;
mod conditional;
mod discards;
mod failures;
mod healing;
mod hits;
mod random;
mod ranges;
mod refusals;
mod sources;
mod table;
