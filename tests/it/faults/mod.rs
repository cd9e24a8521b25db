//! Parts that break while they are needed.

mod apis;
mod crashes;
mod discards;
mod lines;
mod load;
mod story;
mod workers;
