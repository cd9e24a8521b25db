//! Scripts of other origins.

use confique::Config;

use super::super::origins::Origins;
use super::super::value::value;

/// Scripts of other origins.
#[derive(Clone, Debug, Config)]
pub struct Cors {
    /// Origins whose scripts may read the answers, exactly (`https://example.com`, with the port if it is not the scheme's own),
    /// separated by commas; `*` is any. Without it scripts of other origins can show pictures and not read them.
    #[config(deserialize_with = value)]
    pub allow: Option<Origins>,
}
