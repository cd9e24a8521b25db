//! Settings: one documented struct, four layers, messages that name key, value and layer.

mod control;
mod duration;
mod effective;
mod keys;
mod layers;
mod mask;
mod origins;
mod reference;
mod relay;
mod sections;
mod stack;
mod token;
mod value;

#[cfg(test)]
mod tests;

pub use control::CacheControl;
pub use effective::{Effective, as_json};
pub use keys::{Key, keys};
pub use layers::{Layers, Origin};
pub use origins::Origins;
pub use reference::reference;
pub use relay::Relay;
pub use sections::{
    Admin, Cache, Cors, Degraded, Imaginary, Log, Mongodb, Negative, Probe, Queue, Redis, Requests, S3, Scan,
    Server, Settings, Signing, Sources, Stats, Worker,
};
pub use stack::{Remote, RemoteRedis, RemoteS3, S3Credentials, Stack};
pub use token::{NamedToken, Scope};
pub use value::{BaseUrl, Limit, LogFormat, Map, Secret};

/// A configuration that cannot be started with: the process ends with exit code 2 and these sentences, one a problem.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// One problem, in a sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(vec![sentence.into()])
    }

    /// All problems that were found, if there are any.
    fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The sentences.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }

    /// The problems of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}
