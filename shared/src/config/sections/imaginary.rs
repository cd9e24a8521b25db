//! The image processor.

use std::time::Duration;

use confique::Config;

use super::super::value::{BaseUrl, Secret, value};

/// The image processor.
#[derive(Clone, Debug, Config)]
pub struct Imaginary {
    /// One or several base URLs of imaginary, separated by commas; the load is balanced over those that answer. Without
    /// it the built-in engine renders.
    #[config(default = "", deserialize_with = value)]
    pub url: Vec<BaseUrl>,

    /// The key that imaginary was started with (`-key`), sent as `API-Key`.
    #[config(deserialize_with = value)]
    pub key: Option<Secret>,

    /// The key that imaginary was started with (`-url-signature-key`): what the worker sends is signed with it; 32 characters or more.
    #[config(deserialize_with = value)]
    pub signature_key: Option<Secret>,

    /// Renders at once per base URL and worker.
    #[config(default = "4", deserialize_with = value)]
    pub concurrency: usize,

    /// How long one call may take.
    #[config(default = "15s", deserialize_with = value)]
    pub timeout: Duration,
}

impl Imaginary {
    /// Whether an imaginary renders; where none is named, the built-in engine does.
    #[must_use]
    pub const fn renders(&self) -> bool {
        !self.url.is_empty()
    }
}
