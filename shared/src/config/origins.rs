//! The origins that `cors.allow` names.

use super::value::{Raw, Setting, Shown};
use crate::guard::WebOrigin;

/// Pages whose scripts may read what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// `*`.
    Any,
    /// These.
    Listed(Vec<WebOrigin>),
}

impl Setting for Origins {
    const SHOWN: Shown = Shown::All;

    fn parse(raw: Raw) -> Result<Self, String> {
        let items = Vec::<String>::parse(raw)?;
        match items.as_slice() {
            [] => {
                Err("an origin such as https://www.example.com, several, or * alone are allowed".to_owned())
            }
            [any] if any == "*" => Ok(Self::Any),
            _ => {
                let items = items.into_iter().map(Raw::Text).collect();
                Vec::parse(Raw::List(items)).map(Self::Listed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Origins, String> {
        Origins::parse(Raw::Text(text.to_owned()))
    }

    #[test]
    fn any_stands_alone_and_nothing_is_a_slip() {
        assert_eq!(parsed("*"), Ok(Origins::Any));
        let listed = ["https://example.com", "http://a.test:8080"].map(|origin| origin.parse().unwrap());
        assert_eq!(parsed("https://Example.com, http://a.test:8080"), Ok(Origins::Listed(listed.into())));
        for text in ["", "*,https://a.test", "example.com", "null"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
