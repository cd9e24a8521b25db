//! Requests for images and their answers.

mod bytes;
mod coalescing;
mod conditional;
mod healing;
mod hits;
mod random;
mod refusals;
mod sources;
