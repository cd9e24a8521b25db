//! Every setting, once: its name, its type, its default and what it means.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;
use url::Url;

use super::value::{Limit, LogFormat, Secret, value};
use crate::guard::{PrivateSources, SourcePattern};

/// The settings of a process.
#[derive(Clone, Debug, Config)]
pub struct Settings {
    /// Where images and the administration are answered; read by `api` and `serve`.
    #[config(default = "127.0.0.1:8080", deserialize_with = value)]
    pub listen: SocketAddr,

    /// The probe listener.
    #[config(nested)]
    pub probe: Probe,

    /// Where a process keeps files of its own.
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

    /// How much may wait.
    #[config(nested)]
    pub queue: Queue,

    /// The worker role.
    #[config(nested)]
    pub worker: Worker,

    /// What is kept and how it is answered.
    #[config(nested)]
    pub cache: Cache,

    /// Housekeeping.
    #[config(nested)]
    pub scan: Scan,

    /// The administration.
    #[config(nested)]
    pub admin: Admin,

    /// Logs.
    #[config(nested)]
    pub log: Log,
}

/// The probe listener.
#[derive(Clone, Debug, Config)]
pub struct Probe {
    /// Where `/healthz` and `/readyz` of any role are answered.
    #[config(deserialize_with = value)]
    pub listen: Option<SocketAddr>,
}

/// The image processor.
#[derive(Clone, Debug, Config)]
pub struct Imaginary {
    /// Base URL of imaginary.
    #[config(deserialize_with = value)]
    pub url: Option<Url>,

    /// Renders at once per base URL and worker.
    #[config(default = "4", deserialize_with = value)]
    pub concurrency: usize,

    /// How long one call may take.
    #[config(default = "15s", deserialize_with = value)]
    pub timeout: Duration,
}

/// The queue.
#[derive(Clone, Debug, Config)]
pub struct Redis {
    /// `redis://[user:password@]host[:port][/database]`; behind sentinels
    /// `redis-sentinel://[user:password@]host[:26379],host…/master[/database]`; a Cluster
    /// `redis-cluster://[user:password@]host[:port],host…`; with `rediss` in the place of `redis` over TLS. Redis or Valkey,
    /// its `maxmemory-policy` must be `noeviction`.
    #[config(deserialize_with = value)]
    pub url: Option<Secret>,

    /// A PEM file of private certificate authorities, which are trusted instead of the system's.
    #[config(deserialize_with = value)]
    pub tls_ca: Option<PathBuf>,
}

/// The catalog.
#[derive(Clone, Debug, Config)]
pub struct Mongodb {
    /// `mongodb://…/database` or `mongodb+srv://…/database`.
    #[config(deserialize_with = value)]
    pub url: Option<Secret>,
}

/// The object store.
#[derive(Clone, Debug, Config)]
pub struct S3 {
    /// The bucket; created when missing.
    #[config(deserialize_with = value)]
    pub bucket: Option<String>,

    /// Base URL of MinIO or another S3; without it the region's own.
    #[config(deserialize_with = value)]
    pub endpoint: Option<Url>,

    /// The region.
    #[config(default = "us-east-1", deserialize_with = value)]
    pub region: String,

    /// Access key; falls back to `AWS_ACCESS_KEY_ID`.
    #[config(deserialize_with = value)]
    pub access_key: Option<String>,

    /// Secret key; falls back to `AWS_SECRET_ACCESS_KEY`.
    #[config(deserialize_with = value)]
    pub secret_key: Option<Secret>,

    /// Prefix of every object's name.
    #[config(default = "imcaxy/", deserialize_with = value)]
    pub prefix: String,
}

/// Where pictures may come from.
#[derive(Clone, Debug, Config)]
pub struct Sources {
    /// Host patterns (`*.example.com` is subdomains only) or URL prefixes; `*` is any public host. Must be set.
    #[config(deserialize_with = value)]
    pub allow: Option<Vec<SourcePattern>>,

    /// Hosts or CIDRs that may be special addresses (loopback, private, link-local, …).
    #[config(default = "", deserialize_with = value)]
    pub private: PrivateSources,

    /// All special addresses, for tests; cloud metadata addresses stay refused unless named in `sources.private`.
    #[config(default = "false", deserialize_with = value)]
    pub allow_private: bool,

    /// Query parameters of the source URL that do not enter the key; they are still sent.
    #[config(default = "", deserialize_with = value)]
    pub ignore_query: Vec<String>,

    /// Largest source.
    #[config(default = "64MiB", deserialize_with = value)]
    pub max_bytes: Limit<ByteSize>,

    /// Redirects followed.
    #[config(default = "5", deserialize_with = value)]
    pub max_redirects: usize,

    /// How long a fetch may take, redirects and body included.
    #[config(default = "10s", deserialize_with = value)]
    pub timeout: Duration,
}

/// Requests for images.
#[derive(Clone, Debug, Config)]
pub struct Requests {
    /// How long a request waits for its job.
    #[config(default = "30s", deserialize_with = value)]
    pub wait: Duration,

    /// Requests that wait for their jobs, in one process; above it 503.
    #[config(default = "10000", deserialize_with = value)]
    pub max_waiting: Limit<usize>,

    /// Longest request target; longer ones are 414.
    #[config(default = "16KiB", deserialize_with = value)]
    pub max_uri: Limit<ByteSize>,
}

/// How much may wait.
#[derive(Clone, Debug, Config)]
pub struct Queue {
    /// Waiting render jobs of requests; above it, or when a new one would wait longer than `requests.wait`, 503.
    #[config(default = "1000", deserialize_with = value)]
    pub max_depth: Limit<u64>,
}

/// The worker role.
#[derive(Clone, Debug, Config)]
pub struct Worker {
    /// Jobs at once in one worker; without it twice the number of cores.
    #[config(deserialize_with = value)]
    pub concurrency: Option<usize>,
}

/// What is kept and how it is answered.
#[derive(Clone, Debug, Config)]
pub struct Cache {
    /// Bytes that one API process holds in memory; 0 switches it off, none is without bound.
    #[config(default = "256MiB", deserialize_with = value)]
    pub memory: Limit<ByteSize>,

    /// `Cache-Control` of images.
    #[config(default = "public, max-age=300", deserialize_with = value)]
    pub control: String,

    /// Enters every key; change it after an upgrade of imaginary that changes pictures.
    #[config(default = "", deserialize_with = value)]
    pub salt: String,
}

/// Housekeeping.
#[derive(Clone, Debug, Config)]
pub struct Scan {
    /// Nothing younger is touched.
    #[config(default = "24h", deserialize_with = value)]
    pub min_age: Duration,
}

/// The administration.
#[derive(Clone, Debug, Config)]
pub struct Admin {
    /// Bearer token that may do everything.
    #[config(deserialize_with = value)]
    pub token: Option<Secret>,
}

/// Logs, on standard error.
#[derive(Clone, Debug, Config)]
pub struct Log {
    /// `text` or `json`.
    #[config(default = "text", deserialize_with = value)]
    pub format: LogFormat,

    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,imcaxy_worker=debug`.
    #[config(default = "info", deserialize_with = value)]
    pub level: String,
}
