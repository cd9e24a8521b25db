//! The files that a range of commits touched, as URLs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Output};

use imcaxy_shared::config::ConfigError;

use crate::stop::Stop;

/// The URLs of the files that were touched since a revision, or in a range, as far as they are mapped: those added, modified and deleted, and
/// of those renamed both names.
pub(super) fn urls(since: &str, maps: &[(String, String)]) -> Result<Vec<String>, Stop> {
    if since.starts_with('-') || since.is_empty() {
        let allowed = format!("--since {since}: a revision or a range of commits is allowed");
        return Err(Stop::Configuration(ConfigError::new(allowed)));
    }
    let range = if since.contains("..") { since.to_owned() } else { format!("{since}..HEAD") };
    let asked = ["diff", "--name-status", "-z", "--no-relative", "--find-renames", &range, "--"];
    let told = |problem: String| Stop::Told(Some(format!("git diff {range}: {problem}")));
    let Output { status, stdout, stderr } =
        Command::new("git").args(asked).output().map_err(|cause| told(cause.to_string()))?;
    if !status.success() {
        // Without a repository git goes on with all that it can do.
        let problem = String::from_utf8_lossy(&stderr);
        let first = problem.trim().lines().next().unwrap_or_default();
        return Err(told(format!("{first}; it is asked for in a repository, of its commits")));
    }
    let names = names(&stdout);
    let urls: BTreeSet<String> =
        names.iter().flat_map(|name| maps.iter().filter_map(move |map| url_of(name, map))).collect();
    Ok(urls.into_iter().collect())
}

/// Every name in what `git diff --name-status -z` tells: a status and a name, and after a rename or a copy (`R100`, `C75`) two of them.
fn names(told: &[u8]) -> Vec<&[u8]> {
    let mut parts = told.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    let mut names = Vec::new();
    while let Some(status) = parts.next() {
        let many = if matches!(status.first(), Some(b'R' | b'C')) { 2 } else { 1 };
        names.extend(parts.by_ref().take(many));
    }
    names
}

/// Where a file is known, if it lies below the mapped directory. The server knows its other spellings.
fn url_of(name: &[u8], (dir, url): &(String, String)) -> Option<String> {
    let below = match dir.as_str() {
        "" => Some(name),
        dir => name.strip_prefix(dir.as_bytes()).and_then(|rest| rest.strip_prefix(b"/")),
    }?;
    let mut encoded = format!("{url}/");
    for byte in below {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_rename_both_names_were_touched() {
        let told = b"M\0img/a.jpg\0R100\0img/b.jpg\0img/c d.jpg\0D\0e.jpg\0A\0f.jpg\0C75\0g.jpg\0h.jpg\0";
        let names: Vec<_> = names(told).into_iter().map(String::from_utf8_lossy).collect();
        let expected = ["img/a.jpg", "img/b.jpg", "img/c d.jpg", "e.jpg", "f.jpg", "g.jpg", "h.jpg"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_file_below_a_mapped_directory_has_a_url() {
        for (name, dir, expected) in [
            ("public/img/a.jpg", "public", Some("https://h/x/img/a.jpg")),
            ("public/a b+ü.jpg", "public", Some("https://h/x/a%20b+%C3%BC.jpg")),
            ("public/a%20b?.jpg", "public", Some("https://h/x/a%2520b%3F.jpg")),
            ("public2/a.jpg", "public", None),
            ("a.jpg", "", Some("https://h/x/a.jpg")),
            ("a.jpg", "public", None),
        ] {
            let found = url_of(name.as_bytes(), &(dir.to_owned(), "https://h/x".to_owned()));
            assert_eq!(found.as_deref(), expected, "{name} below {dir}");
        }
    }
}
