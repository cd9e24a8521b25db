//! What imaginaries are made of, and whether it is the same.

use super::Version;
use crate::finding::Finding;

/// What it tells.
pub(super) fn told(version: Option<&Version>) -> Finding {
    const NAME: &str = "version";
    match version {
        Some(version) => Finding::ok(NAME, version.to_string()),
        None => Finding::warn(
            NAME,
            "not told",
            "where it runs with -path-prefix, one of a build from imaginary's master tells it; without it nobody sees when versions are mixed",
        ),
    }
}

/// Whether those that tell are the same: pictures of one key must not depend on who rendered them. Nothing where fewer than two tell.
#[must_use]
pub fn same_versions(told: &[(String, Version)]) -> Option<Finding> {
    const NAME: &str = "versions";
    let (_, first) = told.first()?;
    if told.len() < 2 {
        return None;
    }
    if told.iter().all(|(_, version)| version == first) {
        return Some(Finding::ok(NAME, format!("all {} are the same", told.len())));
    }
    let each: Vec<String> = told.iter().map(|(base, version)| format!("{base} is {version}")).collect();
    let advice = "run the same everywhere: what is rendered depends on chance otherwise; after an upgrade that changes pictures set cache.salt";
    Some(Finding::warn(NAME, each.join("; "), advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn version(libvips: &str) -> Version {
        Version { imaginary: "dev".to_owned(), bimg: "1.1.4".to_owned(), libvips: libvips.to_owned() }
    }

    #[test]
    fn versions_are_compared_where_several_tell() {
        let told = |all: &[&str]| {
            let all: Vec<_> = all.iter().map(|libvips| ("http://a".to_owned(), version(libvips))).collect();
            same_versions(&all).map(|finding| finding.verdict)
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["8.14.1"]), None);
        assert_eq!(told(&["8.14.1", "8.14.1"]), Some(Verdict::Ok));
        assert_eq!(told(&["8.14.1", "8.14.1", "8.15.0"]), Some(Verdict::Warn));
    }
}
