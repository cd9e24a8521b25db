//! Parts that break while they are needed.

mod crashes;
mod links;
mod redis;
