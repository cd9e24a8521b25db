//! Every setting, once: its name, its type, its default and what it means. One file for what belongs together.

mod cache;
mod cors;
mod degraded;
mod imaginary;
mod listeners;
mod log;
mod requests;
mod revalidation;
mod server;
mod sources;
mod stats;
mod stores;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;

use confique::Config;

use super::value::value;

pub use cache::{Cache, Negative};
pub use cors::Cors;
pub use degraded::Degraded;
pub use imaginary::Imaginary;
pub use listeners::{Admin, Probe};
pub use log::Log;
pub use requests::{Queue, Requests, Signing};
pub use revalidation::Revalidation;
pub use server::Server;
pub use sources::Sources;
pub use stats::Stats;
pub use stores::{Mongodb, Redis, S3};
pub use worker::{Scan, Worker};

/// The settings of a process.
#[derive(Clone, Debug, Config)]
pub struct Settings {
    /// Where images and, without `admin.listen`, the administration are answered; read by `api` and `serve`.
    #[config(default = "127.0.0.1:8080", deserialize_with = value)]
    pub listen: SocketAddr,

    /// The probe listener.
    #[config(nested)]
    pub probe: Probe,

    /// Where a process keeps files of its own; without Redis, MongoDB and S3 all that it keeps.
    #[config(default = "./imcaxy-data", deserialize_with = value)]
    pub data_dir: PathBuf,

    /// Prefix of every Redis key.
    #[config(default = "imcaxy", deserialize_with = value)]
    pub namespace: String,

    /// The image processor.
    #[config(nested)]
    pub imaginary: Imaginary,

    /// The queue.
    #[config(nested)]
    pub redis: Redis,

    /// The catalog.
    #[config(nested)]
    pub mongodb: Mongodb,

    /// The object store.
    #[config(nested)]
    pub s3: S3,

    /// Where pictures may come from.
    #[config(nested)]
    pub sources: Sources,

    /// Requests for images.
    #[config(nested)]
    pub requests: Requests,

    /// Signed requests.
    #[config(nested)]
    pub signing: Signing,

    /// How much may wait.
    #[config(nested)]
    pub queue: Queue,

    /// The worker role.
    #[config(nested)]
    pub worker: Worker,

    /// What is done without the queue.
    #[config(nested)]
    pub degraded: Degraded,

    /// What is kept and how it is answered.
    #[config(nested)]
    pub cache: Cache,

    /// How failures are remembered.
    #[config(nested)]
    pub negative: Negative,

    /// Changes of sources.
    #[config(nested)]
    pub revalidation: Revalidation,

    /// Scripts of other origins.
    #[config(nested)]
    pub cors: Cors,

    /// Housekeeping.
    #[config(nested)]
    pub scan: Scan,

    /// What is counted.
    #[config(nested)]
    pub stats: Stats,

    /// The administration.
    #[config(nested)]
    pub admin: Admin,

    /// Connections.
    #[config(nested)]
    pub server: Server,

    /// Logs.
    #[config(nested)]
    pub log: Log,
}
