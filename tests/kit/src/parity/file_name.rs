//! Requests as names of files, and back.

use std::fmt::Write as _;

/// A request, spelled as every file system takes it: `resize?width=80&height=60` is `resize,width=80,height=60`, and what is neither a letter,
/// a digit nor one of `=.-_` is written as `%` and two hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// The name of a request: an operation, and its query, if it has one, after a `?`.
    #[must_use]
    pub fn of(request: &str) -> Self {
        let (operation, query) = request.split_once('?').unwrap_or((request, ""));
        let parts = [operation].into_iter().chain(query.split('&').filter(|part| !part.is_empty()));
        let parts: Vec<String> = parts.map(escaped).collect();
        Self(parts.join(","))
    }

    /// A name as it is, without extension.
    #[must_use]
    pub fn read(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name, without extension.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The request; `None` for what is no name of one.
    #[must_use]
    pub fn request(&self) -> Option<String> {
        let parts: Option<Vec<String>> = self.0.split(',').map(unescaped).collect();
        let request = parts?.join("&").replacen('&', "?", 1);
        (Self::of(&request) == *self).then_some(request)
    }
}

fn escaped(part: &str) -> String {
    let mut name = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"=.-_".contains(&byte) {
            name.push(byte.into());
        } else {
            let _written = write!(name, "%{byte:02X}");
        }
    }
    name
}

fn unescaped(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_name_are_each_others() {
        for (request, name) in [
            ("info", "info"),
            ("resize?width=80&height=60", "resize,width=80,height=60"),
            ("resize?aspectratio=16:9", "resize,aspectratio=16%3A9"),
            ("convert?background=1,2,3&type=png", "convert,background=1%2C2%2C3,type=png"),
            ("fit?width=1%2B1", "fit,width=1%252B1"),
            ("flip?a=ü/", "flip,a=%C3%BC%2F"),
        ] {
            assert_eq!(FileName::of(request).as_str(), name);
            assert_eq!(FileName::read(name).request().as_deref(), Some(request));
        }
    }

    #[test]
    fn what_is_no_name_of_a_request_is_not_taken_for_one() {
        for name in ["resize,width=1:2", "resize,width=%4", "resize,width=%zz", "resize,width=%41", "info,"] {
            assert_eq!(FileName::read(name).request(), None, "{name}");
        }
    }
}
