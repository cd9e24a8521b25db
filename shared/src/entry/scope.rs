//! What a discard is about.

use std::cell::OnceCell;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MadeFrom, Source, SourceRef};
use crate::request::{HostName, PlainUrl, SourceId, SourceTag, SourceUrl, UrlPrefix};

/// What a discard is about: sources that are known, and those that nobody has seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Scope {
    /// One source.
    Source(SourceId),
    /// Every source below a URL.
    Prefix(UrlPrefix),
    /// Every source on a host.
    Host(HostName),
    /// Every source with this value of `Cache-Tag`.
    Tag(SourceTag),
    /// Every source.
    Everything,
    /// What a newer version has written and this one cannot read. It matches everything, so that nothing outdated is answered
    /// while both versions run; who can read it works it off.
    Unknown,
}

/// As it travels.
#[derive(Serialize, Deserialize)]
struct Written {
    kind: String,
    text: String,
}

impl From<Written> for Scope {
    fn from(Written { kind, text }: Written) -> Self {
        Self::from_store(&kind, &text)
    }
}

impl From<Scope> for Written {
    fn from(scope: Scope) -> Self {
        let kind = scope.kind().unwrap_or("unknown").to_owned();
        Self { kind, text: scope.text().to_owned() }
    }
}

/// A source as scopes look at it: id and URL, of which the latter is taken apart when the first scope asks for it.
#[derive(Debug)]
pub struct Subject<'a> {
    id: &'a SourceId,
    url: &'a str,
    read: OnceCell<Option<PlainUrl>>,
}

impl Scope {
    /// Whether a discard of this scope is about a source.
    #[must_use]
    pub fn matches<'a>(&self, source: impl Into<Subject<'a>>) -> bool {
        self.is_about(&source.into())
    }

    pub(super) fn is_about(&self, source: &Subject<'_>) -> bool {
        match self {
            Self::Source(own) => own == source.id,
            // A URL that cannot be read was written by another version: better one discard too many.
            Self::Prefix(prefix) => source.url().is_none_or(|url| prefix.covers(url)),
            Self::Host(host) => source.url().is_none_or(|url| host.covers(url)),
            Self::Tag(tag) => tag.is_of(source.id),
            Self::Everything | Self::Unknown => true,
        }
    }

    /// Its kind, as stores and the administration call it; none for what is not known here.
    #[must_use]
    pub const fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Self::Source(_) => "source",
            Self::Prefix(_) => "prefix",
            Self::Host(_) => "host",
            Self::Tag(_) => "tag",
            Self::Everything => "everything",
            Self::Unknown => return None,
        })
    }

    /// What it names; empty for everything.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Source(id) => id.as_str(),
            Self::Prefix(prefix) => prefix.as_str(),
            Self::Host(host) => host.as_str(),
            Self::Tag(tag) => tag.as_str(),
            Self::Everything | Self::Unknown => "",
        }
    }

    /// The scope of which a store has written down kind and text.
    #[must_use]
    pub fn from_store(kind: &str, text: &str) -> Self {
        let read = match kind {
            "source" => text.parse().ok().map(Self::Source),
            "prefix" => text.parse().ok().map(Self::Prefix),
            "host" => text.parse().ok().map(Self::Host),
            "tag" => text.parse().ok().map(Self::Tag),
            "everything" => Some(Self::Everything),
            _ => None,
        };
        read.unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind(), self.text()) {
            (None, _) => f.write_str("unknown"),
            (Some(kind), "") => f.write_str(kind),
            (Some(kind), text) => write!(f, "{kind} {text}"),
        }
    }
}

impl Subject<'_> {
    fn url(&self) -> Option<&PlainUrl> {
        let read = || SourceUrl::parse(self.url).ok().map(|url| PlainUrl::of(&url));
        self.read.get_or_init(read).as_ref()
    }
}

impl<'a> From<&'a SourceRef> for Subject<'a> {
    fn from(source: &'a SourceRef) -> Self {
        Self { id: &source.id, url: &source.url, read: OnceCell::new() }
    }
}

impl<'a> From<&'a MadeFrom> for Subject<'a> {
    fn from(source: &'a MadeFrom) -> Self {
        Self { id: &source.id, url: &source.url, read: OnceCell::new() }
    }
}

impl<'a> From<&'a Source> for Subject<'a> {
    fn from(source: &'a Source) -> Self {
        Self { id: &source.id, url: &source.url, read: OnceCell::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::build;

    const URL: &str = "http://a.test/img/1.jpg";

    fn scope(kind: &str, text: &str) -> Scope {
        Scope::from_store(kind, text)
    }

    #[test]
    fn a_scope_is_about_the_sources_that_it_names() {
        let source = build::source_ref(URL);
        for (kind, text, about_it) in [
            ("source", source.id.as_str(), true),
            ("source", build::source_ref("http://a.test/2.jpg").id.as_str(), false),
            ("prefix", "http://a.test/img", true),
            ("prefix", "http://a.test/im", false),
            ("prefix", "http://a.test./%69mg", true),
            ("host", "a.test.", true),
            ("host", "a.test", true),
            ("host", "b.test", false),
            ("tag", source.id.tag().as_str(), true),
            ("tag", "src-0000000000000000", false),
            ("everything", "", true),
            ("colour", "red", true),
        ] {
            assert_eq!(scope(kind, text).matches(&source), about_it, "{kind} {text}");
        }
        let odd = SourceRef { url: "gopher://a".to_owned(), ..source };
        assert!(scope("host", "b.test").matches(&odd), "what cannot be read may lie anywhere");
    }

    #[test]
    fn a_scope_is_read_as_it_was_written_and_what_cannot_be_read_is_unknown() {
        let source = build::source_ref(URL);
        for scope in [
            Scope::Source(source.id.clone()),
            Scope::Prefix("http://a.test/img".parse().unwrap()),
            Scope::Host("a.test".parse().unwrap()),
            Scope::Tag(source.id.tag()),
            Scope::Everything,
        ] {
            assert_eq!(Scope::from_store(scope.kind().unwrap(), scope.text()), scope);
        }
        for (kind, text) in [("source", "x"), ("prefix", "a.test"), ("host", "a/b"), ("tag", "x"), ("", "")] {
            assert_eq!(scope(kind, text), Scope::Unknown, "{kind} {text}");
        }
    }
}
