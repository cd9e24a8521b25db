//! imaginary's own sentence about a failure, as a client may read it.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

/// How much of it is passed on.
const LONGEST: usize = 500;
/// What is left of a place.
const SOMEWHERE: &str = "…";

#[derive(Deserialize)]
struct Told {
    message: String,
}

/// The sentence in `{"message":"…","status":…}`; `None` where there is none. URLs and addresses are left out: they are those of
/// this installation.
pub(super) fn message(json: &[u8]) -> Option<String> {
    let Told { message } = serde_json::from_slice(json).ok()?;
    let words: Vec<&str> =
        message.split_whitespace().map(|word| if is_a_place(word) { SOMEWHERE } else { word }).collect();
    let message: String = words.join(" ").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!message.is_empty()).then_some(message)
}

fn is_a_place(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '[' && c != ']');
    let bare = bare.split("->").next().unwrap_or(bare);
    word.contains("://") || bare.parse::<SocketAddr>().is_ok() || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_passed_on_without_places() {
        for (body, said) in [
            (r#"{"message":"Unsupported media type","status":406}"#, Some("Unsupported media type")),
            (
                r#"{"message":"Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: refused","status":400}"#,
                Some("Get … dial tcp … connect: refused"),
            ),
            (
                r#"{"message":"read tcp [::1]:5->[::1]:6: lookup x on 10.0.0.2:53","status":400}"#,
                Some("read tcp … lookup x on …"),
            ),
            (r#"{"message":"a\u0000b\nc"}"#, Some("ab c")),
            (r#"{"message":" "}"#, None),
            (r#"{"error":"x","status":400}"#, None),
            ("404 page not found", None),
            ("", None),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), said, "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "ü".repeat(600));
        assert_eq!(message(long.as_bytes()).unwrap().chars().count(), 500);
    }
}
