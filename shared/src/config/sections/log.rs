//! What a process says of itself.

use confique::Config;

use super::super::value::{LogFormat, value};

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
