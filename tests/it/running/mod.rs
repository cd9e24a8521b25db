//! The process: its start, its end, its health, its administration.

mod access;
mod administration;
mod configuration;
mod documentation;
mod health;
mod listeners;
mod redis;
mod shutdown;
