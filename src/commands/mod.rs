//! Commands that ask and tell; those that run roles are in `roles`.

mod client;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod health;
mod http;
pub(crate) mod revalidate;
mod say;

use std::io;

use tokio::runtime::{Builder, Runtime};

/// What a command that asks over the network runs in.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
