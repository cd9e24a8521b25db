//! Which formats imaginary writes and reads.

use bytes::Bytes;

use super::super::Imaginary;
use super::said::{Said, refusal};
use super::{pictures, small_picture};
use crate::finding::Finding;

const NAME: &str = "formats";
/// What can be asked for with `type`.
const WRITTEN: [&str; 4] = ["jpeg", "png", "webp", "tiff"];

/// Has a small picture converted into each format, and each of these read again.
pub(super) async fn all(imaginary: &Imaginary, vector: bool) -> Finding {
    let (mut read, mut not_written, mut not_read) = (Vec::new(), Vec::new(), Vec::new());
    let mut sources: Vec<(&str, Bytes)> = vec![("gif", Bytes::from_static(pictures::GIF))];
    if vector {
        sources.push(("svg", Bytes::from_static(pictures::SVG)));
    }
    for format in WRITTEN {
        let answered = imaginary.ask_for("/convert", &format!("type={format}"), &small_picture()).await;
        match (refusal(&answered), answered) {
            (None, Ok(answer)) => sources.push((format, answer.body)),
            // Told with the operations.
            (Some(Said::Disabled), _) => return Finding::warn(NAME, "convert is switched off", "see above"),
            _ => not_written.push(format),
        }
    }
    for (format, source) in sources {
        let answered = imaginary.ask_for("/convert", "type=png", &source).await;
        if refusal(&answered).is_none() { read.push(format) } else { not_read.push(format) }
    }
    told(&read, &not_written, &not_read)
}

fn told(read: &[&str], not_written: &[&str], not_read: &[&str]) -> Finding {
    if not_written.is_empty() && not_read.is_empty() {
        return Finding::ok(NAME, format!("writes {}, reads {}", WRITTEN.join(", "), read.join(", ")));
    }
    let parts = [("does not write", not_written), ("does not read", not_read)];
    let found: Vec<String> = parts
        .iter()
        .filter(|(_, formats)| !formats.is_empty())
        .map(|(what, formats)| format!("{what} {}", formats.join(", ")))
        .collect();
    let advice = "build its libvips with these, or expect such requests to be refused";
    Finding::warn(NAME, found.join("; "), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Ok, Warn};

    #[test]
    fn formats_that_are_missing_are_named() {
        assert_eq!(told(&["gif", "jpeg"], &[], &[]).verdict, Ok);
        let found = told(&["jpeg"], &["webp"], &["gif", "svg"]);
        assert_eq!(found.verdict, Warn);
        assert_eq!(found.found, "does not write webp; does not read gif, svg");
    }
}
