//! The request as a client would send it.

use std::fmt::Write as _;

/// What a shell was given, without scheme, host and fragment, and percent-encoded where a request line needs it. Browsers and HTTP
/// clients do the same to what is typed.
pub(super) fn of(given: &str) -> String {
    let given = given.split_once('#').map_or(given, |(target, _)| target);
    let local = ["http://", "https://"].iter().find_map(|scheme| given.strip_prefix(scheme));
    let local = local.map_or(given, |rest| rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or(""));
    let mut target = String::from(if local.starts_with('/') { "" } else { "/" });
    for byte in local.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            target.push(char::from(byte));
        } else {
            let _ = write!(target, "%{byte:02X}");
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_is_typed_is_sent_as_clients_do() {
        for (given, sent) in [
            ("/resize?width=3&url=http://h/a?b", "/resize?width=3&url=http://h/a?b"),
            ("resize?width=3", "/resize?width=3"),
            ("http://images.test/resize?url=http://h/#x", "/resize?url=http://h/"),
            ("https://images.test?x", "/?x"),
            ("http://images.test", "/"),
            ("/pipeline?operations=[{\"a\":1}]", "/pipeline?operations=[%7B%22a%22:1%7D]"),
            ("/resize?text=ü b&c=%20", "/resize?text=%C3%BC%20b&c=%20"),
        ] {
            assert_eq!(of(given), sent);
        }
    }
}
