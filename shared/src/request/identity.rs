//! What makes two addresses the same source.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::query::unescape_name;
use super::source::SourceUrl;

/// The setting `sources.ignore_query`: parameters of a source's URL that are sent and do not tell sources apart,
/// such as the signature and expiry of presigned URLs. Names are case-sensitive and compared percent-decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoredQuery(BTreeSet<Vec<u8>>);

impl IgnoredQuery {
    /// Takes the names.
    pub fn from_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(|name| name.as_ref().as_bytes().to_vec()).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn covers(&self, pair: &str) -> bool {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        unescape_name(name).is_some_and(|name| self.0.contains(&name))
    }
}

impl SourceUrl {
    /// The URL as fetched, less the ignored parameters of its query. The others keep their order and spelling; a
    /// query that loses all of them goes with its `?`.
    pub fn identity(&self, ignored: &IgnoredQuery) -> String {
        let Some((path, query)) = self.as_str().split_once('?') else { return self.as_str().to_owned() };
        let kept: Vec<_> = query.split('&').filter(|pair| !ignored.covers(pair)).collect();
        if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
    }
}

/// The name of a source in stores: the SHA-256 of its identity, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

impl SourceId {
    /// The id of a source; takes [`SourceUrl::identity`].
    pub fn of(identity: &str) -> Self {
        Self(hex::encode(Sha256::digest(identity.as_bytes())))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The source's value of `Cache-Tag`: `src-` and the first 16 digits.
    pub fn tag(&self) -> SourceTag {
        let mut tag = String::from(TAG);
        tag.extend(self.0.chars().take(TAG_DIGITS));
        SourceTag(tag)
    }
}

/// What a tag begins with.
const TAG: &str = "src-";
/// How many digits of the id it has.
const TAG_DIGITS: usize = 16;

/// A source's value of `Cache-Tag`. By chance two sources may share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceTag(String);

/// The text is no value of `Cache-Tag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tag is src- and 16 lower-case hexadecimal digits")]
pub struct NotATag;

impl SourceTag {
    /// Whether a source has it.
    pub fn is_of(&self, id: &SourceId) -> bool {
        id.0.starts_with(self.digits())
    }

    /// The ids that have it are from the first of these on, and before the second.
    pub fn ids(&self) -> (&str, String) {
        // What follows the last hexadecimal digit.
        (self.digits(), format!("{}g", self.digits()))
    }

    fn digits(&self) -> &str {
        self.0.strip_prefix(TAG).unwrap_or_default()
    }

    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SourceTag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, NotATag> {
        let digits = text.strip_prefix(TAG).filter(|digits| digits.len() == TAG_DIGITS).ok_or(NotATag)?;
        let is_hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if is_hex { Ok(Self(text.to_owned())) } else { Err(NotATag) }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct NotADigest;

/// A SHA-256 in lower-case hexadecimal.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl FromStr for SourceId {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for SourceId {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        if is_digest(&text) { Ok(Self(text)) } else { Err(NotADigest) }
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_parameters_leave_the_rest_as_it_was() {
        let ignored = IgnoredQuery::from_names(["sig", "X-Expires"]);
        for (url, expected) in [
            ("http://h/a?sig=1", "http://h/a"),
            ("http://h/a?b=%2F&s%69g=1&a=1&a=1&X-Expires", "http://h/a?b=%2F&a=1&a=1"),
            ("http://h/a?SIG=1&x-expires=2", "http://h/a?SIG=1&x-expires=2"),
            ("http://h/a?&sig=1&", "http://h/a?&"),
            ("http://h/a?", "http://h/a?"),
            ("http://h/a?x=sig=1?sig=2", "http://h/a?x=sig=1?sig=2"),
        ] {
            assert_eq!(SourceUrl::parse(url).unwrap().identity(&ignored), expected);
            assert_eq!(SourceUrl::parse(url).unwrap().identity(&IgnoredQuery::default()), url);
        }
    }

    #[test]
    fn a_tag_is_the_beginning_of_the_id() {
        let id = SourceId::of("http://h/a");
        let tag = id.tag();
        assert_eq!((tag.as_str().len(), tag.as_str().parse()), (20, Ok(tag.clone())));
        let (first, beyond) = tag.ids();
        assert!(first <= id.as_str() && id.as_str() < beyond.as_str());
        assert!(tag.is_of(&id) && !tag.is_of(&SourceId::of("http://h/b")));
        for text in [
            "src-",
            "src-0123456789abcde",
            "src-0123456789ABCDEF",
            "0123456789abcdef",
            "src-0123456789abcdef0",
        ] {
            assert_eq!(text.parse::<SourceTag>(), Err(NotATag), "{text}");
        }
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(id.as_str().to_uppercase().parse::<SourceId>(), Err(NotADigest));
    }
}
