//! The image processor.

use std::time::Duration;

use confique::Config;
use url::Url;

use super::super::value::value;

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
