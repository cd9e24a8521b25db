//! `requests.allow_origins`: the pages that may ask.

use axum::http::header::{HeaderMap, ORIGIN};
use imcaxy_shared::guard::WebOrigin;

use crate::error::{Code, Refused};

/// The origins that are allowed.
pub(super) struct Origins(Vec<WebOrigin>);

impl Origins {
    pub(super) const fn of(allowed: Vec<WebOrigin>) -> Self {
        Self(allowed)
    }

    /// Browsers send the header with what scripts ask for; a request without it passes.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let mut given = headers.get_all(ORIGIN).iter();
        if given.all(|given| self.0.iter().any(|allowed| allowed.as_str() == *given)) {
            return Ok(());
        }
        Err(Refused::new(Code::OriginForbidden, "this Origin is not allowed by requests.allow_origins"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_whole_of_it() {
        let origins = Origins::of(vec!["https://www.example.com".parse().unwrap()]);
        for (given, passes) in [
            (vec![], true),
            (vec!["https://www.example.com"], true),
            (vec!["https://www.example.com", "https://evil.test"], false),
            (vec!["http://www.example.com"], false),
            (vec!["https://www.example.com:444"], false),
            (vec!["https://www.example.com.evil.test"], false),
            (vec!["null"], false),
            (vec![""], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in &given {
                headers.append(ORIGIN, value.parse().unwrap());
            }
            assert_eq!(origins.admit(&headers).is_ok(), passes, "{given:?}");
        }
    }
}
