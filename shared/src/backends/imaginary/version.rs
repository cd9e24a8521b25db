//! What an imaginary is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The versions that imaginary tells at `/`. One that was built from its sources calls itself `dev`; what tells builds apart then is
/// `bimg`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// Of imaginary itself.
    pub imaginary: String,
    /// Of the library that it renders with.
    pub bimg: String,
    /// Of the library below that.
    pub libvips: String,
}

/// The longest text of a version that is believed.
const LONGEST: usize = 64;

impl Version {
    /// Reads the answer to `GET /`; `None` if it is none.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let version: Self = serde_json::from_slice(body).ok()?;
        let fits = |text: &String| text.len() <= LONGEST && !text.chars().any(char::is_control);
        let believed = fits(&version.imaginary) && fits(&version.bimg) && fits(&version.libvips);
        believed.then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "imaginary {}, bimg {}, libvips {}", self.imaginary, self.bimg, self.libvips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_imaginary_tells_is_read_and_nothing_else() {
        let told = br#"{"imaginary":"dev","bimg":"1.1.4","libvips":"8.14.1"}"#;
        assert_eq!(Version::read(told).unwrap().to_string(), "imaginary dev, bimg 1.1.4, libvips 8.14.1");
        for told in [&b"{}"[..], b"<html>", br#"{"imaginary":"a\nb","bimg":"1","libvips":"8"}"#] {
            assert_eq!(Version::read(told), None);
        }
    }
}
