//! What is kept and how it is answered, pictures and failures.

use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;

use super::super::control::CacheControl;
use super::super::value::{Limit, value};
use crate::entry::Ages;

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

    /// The age at which a picture is stale; with `none` it stays fresh until its source changes. Its source is fetched again then, and only
    /// when that has changed it is rendered again. Read by `api` and `worker`.
    #[config(default = "none", deserialize_with = value)]
    pub ttl: Limit<Duration>,

    /// How long a stale picture is answered at once while it is renewed; later requests wait for that.
    #[config(default = "1h", deserialize_with = value)]
    pub grace: Limit<Duration>,

    /// How long a stale picture is answered when it cannot be renewed; and how long after it was confirmed last what is in memory is
    /// answered while MongoDB is away. With 0 it is not.
    #[config(default = "24h", deserialize_with = value)]
    pub stale_if_error: Limit<Duration>,

    /// A revalidation with mode `refresh` renders again what was used within this time; with `none` it renders everything again. Read by `worker`.
    #[config(default = "7d", deserialize_with = value)]
    pub refresh_window: Limit<Duration>,

    /// Enters every key; change it after an upgrade of imaginary that changes pictures.
    #[config(default = "", deserialize_with = value)]
    pub salt: String,
}

impl Cache {
    /// How old pictures may get.
    #[must_use]
    pub const fn ages(&self) -> Ages {
        Ages { ttl: self.ttl.0, grace: self.grace.0, stale_if_error: self.stale_if_error.0 }
    }
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
