//! What is kept and how it is answered, pictures and failures.

use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;

use super::super::control::CacheControl;
use super::super::value::{Limit, value};

/// What is kept and how it is answered.
#[derive(Clone, Debug, Config)]
pub struct Cache {
    /// Bytes that one API process holds in memory; 0 switches it off, none is without bound.
    #[config(default = "256MiB", deserialize_with = value)]
    pub memory: Limit<ByteSize>,

    /// `Cache-Control` of images; a JSON object maps patterns of the source, as `sources.allow` has them, to values, the most
    /// specific of those that match decides, and the default stands where none does.
    #[config(default = "public, max-age=300", deserialize_with = value)]
    pub control: CacheControl,

    /// Enters every key; change it after an upgrade of imaginary that changes pictures.
    #[config(default = "", deserialize_with = value)]
    pub salt: String,
}

/// Failures that another render would end in as well: no such source, no picture, too large, refused by imaginary.
#[derive(Clone, Debug, Config)]
pub struct Negative {
    /// How long the first such failure of a key is remembered and answered without asking anybody; twice as long with each that
    /// follows. With `none` they are not remembered.
    #[config(default = "10s", deserialize_with = value)]
    pub ttl: Limit<Duration>,

    /// The longest that one is remembered.
    #[config(default = "10m", deserialize_with = value)]
    pub max_ttl: Limit<Duration>,
}
