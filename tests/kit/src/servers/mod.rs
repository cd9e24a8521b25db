//! The four real servers that Imcaxy works with, and the other ways in which Redis is run.

mod address;
mod certificates;
mod go;
mod imaginary;
mod launch;
mod minio;
mod mongodb;
pub(crate) mod redis;
mod redis_cluster;
mod redis_node;
mod redis_sentinel;
pub mod valkey;

use crate::cache::Cache;
use crate::{KitError, Photo, progress};

pub use address::{S3, VARIABLES, Variable};
pub use certificates::Certificates;
pub(crate) use go::imaginary_module;
pub use imaginary::OwnImaginary;
pub(crate) use launch::{Failure, on_a_free_port, wait_until_ready};
pub use redis_cluster::RedisCluster;
pub(crate) use redis_node::Recipe;
pub use redis_node::{Access, RedisNode};
pub use redis_sentinel::RedisSentinel;

/// Where the servers answer, and those that were started here. Dropping it ends these.
#[derive(Debug)]
pub struct Servers {
    /// `redis://…`, without a database number.
    pub redis_url: String,
    /// `mongodb://…`, without a database; see [`Servers::mongodb_database`].
    pub mongodb_url: String,
    /// MinIO, or any S3.
    pub s3: S3,
    /// Base URL of imaginary.
    pub imaginary_url: String,
    running: Vec<launch::Running>,
}

impl Servers {
    /// Installs and builds what is missing, starts all four, and waits until each answers. A server whose variable is
    /// set (`IMCAXY_TEST_REDIS_URL`, …) is used where it is instead.
    pub async fn start() -> Result<Self, KitError> {
        let cache = Cache::open()?;
        let redis = redis::prepare().await?;
        let mongodb = mongodb::prepare(&cache).await?;
        let imaginary = imaginary::prepare(&cache).await?;
        let minio = minio::prepare(&cache).await?;
        Photo::prepare(&cache).await?;
        progress::say("starting Redis, MongoDB, MinIO and imaginary");
        let (redis, mongodb, minio, imaginary) = tokio::try_join!(
            redis::start(redis),
            mongodb::start(mongodb),
            minio::start(minio),
            imaginary::start(imaginary)
        )?;
        Ok(Self {
            redis_url: redis.address,
            mongodb_url: mongodb.address,
            s3: minio.address,
            imaginary_url: imaginary.address,
            running: [redis.running, mongodb.running, minio.running, imaginary.running]
                .into_iter()
                .flatten()
                .collect(),
        })
    }

    /// The servers that the environment names: what a test uses.
    pub fn from_env() -> Result<Self, KitError> {
        Ok(Self {
            redis_url: address::REDIS.required()?,
            mongodb_url: address::MONGODB.required()?,
            s3: S3::required()?,
            imaginary_url: address::IMAGINARY.required()?,
            running: Vec::new(),
        })
    }

    /// The URL of one database in MongoDB.
    #[must_use]
    pub fn mongodb_database(&self, database: &str) -> String {
        address::with_database(&self.mongodb_url, database)
    }

    /// The variables, with their values, that [`Servers::from_env`] reads.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        address::variables(self)
    }

    /// The settings, with their values, that make a process of Imcaxy use these servers.
    #[must_use]
    pub fn settings(&self, name: &str) -> Vec<(&'static str, String)> {
        vec![
            ("IMCAXY_REDIS_URL", self.redis_url.clone()),
            ("IMCAXY_MONGODB_URL", self.mongodb_database(name)),
            ("IMCAXY_S3_BUCKET", name.to_owned()),
            ("IMCAXY_S3_ENDPOINT", self.s3.endpoint.clone()),
            ("IMCAXY_S3_REGION", self.s3.region.clone()),
            ("IMCAXY_S3_ACCESS_KEY", self.s3.access_key.clone()),
            ("IMCAXY_S3_SECRET_KEY", self.s3.secret_key.clone()),
            ("IMCAXY_NAMESPACE", name.to_owned()),
            ("IMCAXY_IMAGINARY_URL", self.imaginary_url.clone()),
        ]
    }

    /// Asks each server that was started here to end, and waits until all have.
    pub async fn stop(mut self) {
        futures::future::join_all(self.running.iter_mut().map(launch::Running::stop)).await;
    }
}
