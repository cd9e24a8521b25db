//! Names of stored bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::request::CacheKey;

/// The name of one immutable object, `{first two digits of the key}/{key}/{unique}`: never overwritten, and made
/// from nothing that a client chose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(String);

/// A name that no store of ours could hold.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not an object name of the form ab/ab…/unique")]
pub struct InvalidObjectName(String);

impl ObjectName {
    /// A new name for bytes of `key`; `unique` tells this rendering from every other.
    #[must_use]
    pub fn new(key: &CacheKey, unique: u128) -> Self {
        let key = key.as_str();
        let shard = key.get(..2).unwrap_or_default();
        Self(format!("{shard}/{key}/{unique:032x}"))
    }

    /// The key whose picture it is.
    #[must_use]
    pub fn key(&self) -> Option<CacheKey> {
        self.0.split('/').nth(1)?.parse().ok()
    }

    /// The name, relative to the prefix of the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = InvalidObjectName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(shard), Some(key), Some(unique), None)
                if hex(shard, 2) && hex(key, 64) && hex(unique, 32) && key.starts_with(shard) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidObjectName(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ObjectName {
    type Error = InvalidObjectName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_spelling_is_read() {
        let key = "ab".repeat(32);
        let good = format!("ab/{key}/{:032x}", 7);
        assert_eq!(good.parse::<ObjectName>().unwrap().as_str(), good);
        assert_eq!(good.parse::<ObjectName>().unwrap().key().unwrap().as_str(), key);
        for bad in
            ["", "ab", &format!("cd/{key}/{:032x}", 7), &format!("ab/{key}/../x"), &format!("{good}/x")]
        {
            assert!(bad.parse::<ObjectName>().is_err(), "{bad}");
        }
    }
}
