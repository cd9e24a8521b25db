//! Parts that break while they are needed.

mod apis;
mod checks;
mod degraded;
mod discards;
mod kills;
mod late;
mod links;
mod load;
mod redis;
mod revalidate;
mod stores;
mod story;
mod workers;
