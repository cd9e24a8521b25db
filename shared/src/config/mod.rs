//! Settings: one documented struct, four layers, messages that name key, value and layer.

mod control;
mod layers;
mod origins;
mod relay;
mod sections;
mod stack;
mod token;
mod value;

#[cfg(test)]
mod tests;

pub use control::CacheControl;
pub use layers::{Key, Layers, Origin, keys};
pub use origins::Origins;
pub use relay::Relay;
pub use sections::{
    Admin, Cache, Cors, Imaginary, Log, Mongodb, Negative, Probe, Queue, Redis, Requests, S3, Scan, Server,
    Settings, Signing, Sources, Worker,
};
pub use stack::{Remote, RemoteRedis, RemoteS3, S3Credentials};
pub use token::{NamedToken, Scope};
pub use value::{BaseUrl, Limit, LogFormat, Map, Secret};

/// A configuration that cannot be started with: the process ends with exit code 2 and this sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

impl ConfigError {
    /// An error with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}
