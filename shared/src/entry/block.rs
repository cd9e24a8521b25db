//! Sources that are refused, whatever else allows them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::iter;

use super::Scope;
use crate::request::{HostName, PlainUrl, SourceId, SourceUrl, UrlPrefix};
use crate::time::Timestamp;

/// How many blocks there may be: every process keeps all of them in memory.
pub const MOST_BLOCKS: usize = 10_000;

/// Sources that are refused from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub target: BlockTarget,
    /// Since when.
    pub at: Timestamp,
    /// The name of the token of who has asked for it.
    pub by: String,
}

/// What is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockTarget {
    /// The source with this URL, which is its identity, and those with another spelling of it.
    Url(String),
    /// Every source below a URL.
    Prefix(UrlPrefix),
    /// Every source on a host.
    Host(HostName),
}

/// All that is refused, as requests ask it: in plain form, so that no spelling evades it.
#[derive(Clone, Debug, Default)]
pub struct BlockList {
    urls: HashSet<PlainUrl>,
    /// By host.
    prefixes: HashMap<String, Vec<UrlPrefix>>,
    hosts: HashSet<String>,
}

impl BlockTarget {
    /// Its kind, as stores and calls name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Prefix(_) => "prefix",
            Self::Host(_) => "host",
        }
    }

    /// What it names.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Url(url) => url,
            Self::Prefix(prefix) => prefix.as_str(),
            Self::Host(host) => host.as_str(),
        }
    }

    /// The one of which a store has written down kind and text; none where a newer version wrote it.
    #[must_use]
    pub fn from_store(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "url" => Some(Self::Url(text.to_owned())),
            "prefix" => text.parse().ok().map(Self::Prefix),
            "host" => text.parse().ok().map(Self::Host),
            _ => None,
        }
    }

    /// What is discarded when it is refused no more: of a URL each of its [spellings](SourceUrl::spellings).
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Url(text) => {
                let others = SourceUrl::parse(text).map(|url| url.spellings()).unwrap_or_default();
                let others = others.iter().map(SourceUrl::as_str).filter(|other| other != text);
                let spellings = iter::once(text.as_str()).chain(others);
                spellings.map(|url| Scope::Source(SourceId::of(url))).collect()
            }
            Self::Prefix(prefix) => vec![Scope::Prefix(prefix.clone())],
            Self::Host(host) => vec![Scope::Host(host.clone())],
        }
    }
}

impl fmt::Display for BlockTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.text())
    }
}

impl BlockList {
    /// A list of these.
    #[must_use]
    pub fn of(targets: impl IntoIterator<Item = BlockTarget>) -> Self {
        let mut list = Self::default();
        for target in targets {
            match target {
                // One that cannot be read names nothing that is fetched.
                BlockTarget::Url(url) => list.urls.extend(plain(&url)),
                BlockTarget::Prefix(prefix) => {
                    list.prefixes.entry(prefix.host().to_owned()).or_default().push(prefix);
                }
                BlockTarget::Host(host) => drop(list.hosts.insert(host.as_str().to_owned())),
            }
        }
        list
    }

    /// Whether a source is refused, by its URL. One that cannot be read is not: nothing is fetched from there.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        if self.urls.is_empty() && self.hosts.is_empty() && self.prefixes.is_empty() {
            return false;
        }
        let Some(url) = plain(url) else { return false };
        let below = |prefixes: &Vec<UrlPrefix>| prefixes.iter().any(|prefix| prefix.covers(&url));
        self.hosts.contains(url.host())
            || self.prefixes.get(url.host()).is_some_and(below)
            || self.urls.contains(&url)
    }
}

fn plain(url: &str) -> Option<PlainUrl> {
    SourceUrl::parse(url).ok().map(|url| PlainUrl::of(&url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::build;

    fn target(kind: &str, text: &str) -> BlockTarget {
        BlockTarget::from_store(kind, text).unwrap()
    }

    #[test]
    fn a_source_is_refused_by_url_prefix_or_host() {
        let list = BlockList::of([
            target("url", "http://a.test/1.jpg"),
            target("prefix", "http://a.test/img"),
            target("host", "b.test"),
        ]);
        for (url, refused) in [
            ("http://a.test/1.jpg", true),
            ("http://a.test/1.jpg?v=2", false),
            ("http://a.test/2.jpg", false),
            ("http://a.test/img/2.jpg", true),
            ("http://a.test/img2/2.jpg", false),
            ("https://b.test:8443/1.jpg", true),
            ("http://c.b.test/1.jpg", false),
            ("http://a.test.:80/%31.jpg", true),
            ("http://a.test./%69mg/2.jpg", true),
            ("https://b.test./1.jpg", true),
        ] {
            assert_eq!(list.covers(url), refused, "{url}");
        }
        assert!(!BlockList::default().covers("http://a.test/1.jpg"));
    }

    #[test]
    fn a_target_is_read_as_it_was_written_and_discards_what_it_refuses() {
        for (kind, text) in
            [("url", "http://a.test/1.jpg"), ("prefix", "http://a.test/img"), ("host", "a.test")]
        {
            let read = target(kind, text);
            assert_eq!((read.kind(), read.text()), (kind, text));
            let [scope] = &read.scopes()[..] else { panic!("{kind} has one scope") };
            assert!(scope.matches(&build::source_ref("http://a.test/1.jpg")) || kind == "prefix");
        }
        let spelled = target("url", "http://a.test/b%c3%bccher").scopes();
        for url in ["http://a.test/b%c3%bccher", "http://a.test/b%C3%BCcher", "http://a.test/bücher"] {
            let source = build::source_ref(url);
            assert!(spelled.iter().any(|scope| scope.matches(&source)), "{url}");
        }
        assert_eq!(spelled.len(), 3);
        assert_eq!(BlockTarget::from_store("colour", "red"), None);
        assert_eq!(BlockTarget::from_store("host", "a/b"), None);
    }
}
