//! The process: its start, its end, its health, its administration.

mod access;
mod administration;
mod commands;
mod configuration;
mod direct;
mod doctor;
mod documentation;
mod embedded;
mod explain;
mod health;
mod listeners;
mod redis;
mod revalidate;
mod samples;
mod shutdown;
