//! The cache key: the one name of a rendering, in every store, queue and lock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::CanonicalForm;
use super::identity::{NotADigest, is_digest};

/// Changes when equal canonical texts may no longer render equally, or the hash input is made differently.
const VERSION: &str = "1";

/// SHA-256 in lower-case hexadecimal of key version, processor, salt and canonical text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of a form. `processor` is `imaginary` or `builtin/N`, `salt` the setting `cache.salt`.
    ///
    /// Each part is hashed with its length in bytes (64 bits, big-endian) before it, so that no text can be
    /// taken for the end of one part and the beginning of the next.
    pub fn of(processor: &str, salt: &str, form: &CanonicalForm) -> Self {
        let mut hash = Sha256::new();
        for part in [VERSION, processor, salt, &form.text()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hex::encode(hash.finalize()))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for CacheKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for CacheKey {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for CacheKey {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        if is_digest(&text) { Ok(Self(text)) } else { Err(NotADigest) }
    }
}

impl From<CacheKey> for String {
    fn from(key: CacheKey) -> Self {
        key.0
    }
}
