//! What is counted.

use std::time::Duration;

use confique::Config;

use super::super::value::{Limit, value};

/// What is counted.
#[derive(Clone, Debug, Config)]
pub struct Stats {
    /// How often an API process writes down how often pictures were used, at least 100ms; it does so at its end as well. One that is killed
    /// loses what it has counted since the last time.
    #[config(default = "5s", deserialize_with = value)]
    pub flush: Duration,

    /// How long the uses of sources by day are kept. Read by `worker`.
    #[config(default = "400d", deserialize_with = value)]
    pub keep_days: Limit<Duration>,
}
