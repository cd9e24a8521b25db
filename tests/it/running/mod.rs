//! The process: its start, its end, its health, its administration.

mod administration;
mod configuration;
mod documentation;
mod health;
mod redis;
mod shutdown;
