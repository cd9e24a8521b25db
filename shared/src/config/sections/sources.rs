//! Where pictures may come from, and how they are fetched.

use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;

use super::super::value::{Limit, value};
use crate::guard::{AllowList, Places, PrivateSources, SourceHeaders, SourcePattern};

/// Where pictures may come from.
#[derive(Clone, Debug, Config)]
pub struct Sources {
    /// Host patterns (`*.example.com` is subdomains only) or URL prefixes; `*` is any public host. Without Redis, MongoDB and S3 any public
    /// host is allowed; with them it must be set.
    #[config(deserialize_with = value)]
    pub allow: Option<Vec<SourcePattern>>,

    /// Hosts or CIDRs that may be special addresses (loopback, private, link-local, …). Cloud metadata addresses are opened by their own
    /// address alone.
    #[config(default = "", deserialize_with = value)]
    pub private: PrivateSources,

    /// All special addresses, for tests; cloud metadata addresses stay refused unless named in `sources.private`.
    #[config(default = "false", deserialize_with = value)]
    pub allow_private: bool,

    /// Headers for those places alone that a pattern matches, `{"*.example.com":{"Authorization":"…"}}`; the narrowest pattern wins.
    /// Never shown. A pattern that begins with `https://` keeps them off plain connections.
    #[config(default = "", deserialize_with = value)]
    pub headers: SourceHeaders,

    /// Query parameters of the source URL that do not enter the key; they are still sent. Since nobody keeps them, what was fetched with some
    /// is neither checked nor refreshed.
    #[config(default = "", deserialize_with = value)]
    pub ignore_query: Vec<String>,

    /// Largest source.
    #[config(default = "64MiB", deserialize_with = value)]
    pub max_bytes: Limit<ByteSize>,

    /// Most pixels of a source, by its headers.
    #[config(default = "50000000", deserialize_with = value)]
    pub max_pixels: Limit<u64>,

    /// Most frames or pages of a source, by its headers.
    #[config(default = "200", deserialize_with = value)]
    pub max_frames: Limit<u64>,

    /// SVG and PDF sources, too. What a PDF's pages measure is not known before it is drawn.
    #[config(default = "false", deserialize_with = value)]
    pub vector: bool,

    /// Redirects followed.
    #[config(default = "5", deserialize_with = value)]
    pub max_redirects: Limit<usize>,

    /// How long a fetch may take, redirects and body included.
    #[config(default = "10s", deserialize_with = value)]
    pub timeout: Limit<Duration>,

    /// How long a worker keeps a fetched source for the next job of the same source; `none`: not at all. A job uses it only if no discard
    /// came since it was fetched.
    #[config(default = "10s", deserialize_with = value)]
    pub keep: Limit<Duration>,

    /// How much of them a worker keeps.
    #[config(default = "128MiB", deserialize_with = value)]
    pub keep_bytes: Limit<ByteSize>,

    /// Fetches at once from one host by one worker; the others wait their turn, within `sources.timeout`.
    #[config(default = "8", deserialize_with = value)]
    pub per_host_concurrency: usize,

    /// Keep what is made of sources whose `Cache-Control` says `private` or `no-store`, a redirect's included. Otherwise it is rendered for
    /// each request, not kept, and answered with `private, no-store`.
    #[config(default = "false", deserialize_with = value)]
    pub store_private: bool,
}

impl Sources {
    /// The places that pictures may come from.
    #[must_use]
    pub fn places(&self) -> Places {
        let allow = AllowList::new(self.allow.clone().unwrap_or_default());
        Places::new(allow, self.private.clone(), self.allow_private)
    }
}
