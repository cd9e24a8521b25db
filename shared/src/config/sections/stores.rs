//! Queue, catalog and object store.

use std::path::PathBuf;

use confique::Config;
use url::Url;

use super::super::value::{Secret, address, value};

/// The queue.
#[derive(Clone, Debug, Config)]
pub struct Redis {
    /// `redis://[user:password@]host[:port][/database]`; behind sentinels
    /// `redis-sentinel://[user:password@]host[:26379],host…/master[/database]`; a Cluster
    /// `redis-cluster://[user:password@]host[:port],host…`; with `rediss` in the place of `redis` over TLS. Redis or Valkey,
    /// its `maxmemory-policy` must be `noeviction`.
    #[config(deserialize_with = address)]
    pub url: Option<Secret>,

    /// A PEM file of private certificate authorities, which are trusted instead of the system's.
    #[config(deserialize_with = value)]
    pub tls_ca: Option<PathBuf>,
}

/// The catalog.
#[derive(Clone, Debug, Config)]
pub struct Mongodb {
    /// `mongodb://…/database` or `mongodb+srv://…/database`.
    #[config(deserialize_with = address)]
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
