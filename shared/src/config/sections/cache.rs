//! What is kept and how it is answered.

use bytesize::ByteSize;
use confique::Config;

use super::super::value::{Limit, value};

/// What is kept and how it is answered.
#[derive(Clone, Debug, Config)]
pub struct Cache {
    /// Bytes that one API process holds in memory; 0 switches it off, none is without bound.
    #[config(default = "256MiB", deserialize_with = value)]
    pub memory: Limit<ByteSize>,

    /// `Cache-Control` of images.
    #[config(default = "public, max-age=300", deserialize_with = value)]
    pub control: String,

    /// Enters every key; change it after an upgrade of imaginary that changes pictures.
    #[config(default = "", deserialize_with = value)]
    pub salt: String,
}
