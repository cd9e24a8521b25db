//! Which sources are looked for: `q`.

use imcaxy_shared::ports::Among;
use imcaxy_shared::request::HostName;

use crate::admin::query;
use crate::error::Refused;

/// Reads `q`; nothing at all is everything.
pub(super) fn read(q: &str) -> Result<Among, Refused> {
    let wrong = || {
        query::wrong(format!(
            "q = {q}: the beginning of a URL (http://… or https://…), host:H, or tag:T with a value of Cache-Tag is allowed"
        ))
    };
    if q.is_empty() {
        return Ok(Among::All);
    }
    if !q.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(wrong());
    }
    if let Some(host) = q.strip_prefix("host:").filter(|host| !host.is_empty()) {
        let host: HostName = host.parse().map_err(|cause| query::wrong(format!("q = {q}: {cause}")))?;
        return Ok(Among::Host(host.to_string()));
    }
    if let Some(tag) = q.strip_prefix("tag:") {
        return tag.parse().map(Among::Tag).map_err(|_| wrong());
    }
    if ["http://", "https://"].iter().any(|scheme| q.starts_with(scheme)) {
        return Ok(Among::Prefix(q.to_owned()));
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_a_host_or_a_tag_is_looked_for_and_nothing_else() {
        let text = |text: &str| text.to_owned();
        for (q, among) in [
            ("", Some(Among::All)),
            ("http://a.test/im", Some(Among::Prefix(text("http://a.test/im")))),
            ("https://", Some(Among::Prefix(text("https://")))),
            ("host:A.test", Some(Among::Host(text("a.test")))),
            ("tag:src-0123456789abcdef", Some(Among::Tag("src-0123456789abcdef".parse().unwrap()))),
            ("host:", None),
            ("host:a.test:8080", None),
            ("tag:0123456789abcdef", None),
            ("tag:src-0123456789abcde", None),
            ("tag:src-0123456789abcdeF", None),
            ("a.test", None),
            ("http://ä", None),
        ] {
            assert_eq!(read(q).ok(), among, "{q}");
        }
    }
}
