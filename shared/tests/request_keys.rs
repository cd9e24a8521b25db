//! Golden vectors: requests and the canonical text, key or refusal that each has had and will have.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken fixture ends the test")]

use std::collections::BTreeSet;

use imcaxy_shared::request::{CacheKey, IgnoredQuery, ImageRequest, Refusal};

const VECTORS: &str = include_str!("fixtures/keys.tsv");

struct Group<'a> {
    heading: &'a str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    request: &'a str,
    accept: Option<&'a str>,
    salt: &'a str,
    ignored: &'a str,
    expected: Option<(&'a str, &'a str)>,
}

impl Row<'_> {
    fn text_and_key(&self) -> Result<(String, CacheKey), Refusal> {
        let (path, query) = self.request.split_once('?').expect("a row has a query");
        let ignored = IgnoredQuery::from_names(self.ignored.split(',').filter(|name| !name.is_empty()));
        let form = ImageRequest::parse(path, query, self.accept)?.canonical(&ignored);
        Ok((form.text(), CacheKey::of("imaginary", self.salt, &form)))
    }
}

#[test]
fn every_row_has_its_text_and_key_or_its_refusal() {
    for group in groups() {
        for row in &group.rows {
            match (row.expected, row.text_and_key()) {
                (Some((text, key)), Ok(made)) => {
                    assert_eq!(
                        (made.0.as_str(), made.1.as_str()),
                        (text, key),
                        "{}: {}",
                        group.heading,
                        row.request
                    );
                }
                (None, Err(refusal)) => {
                    let heading = format!("refused {}", refusal.code.as_str());
                    assert_eq!(heading, group.heading, "{}: {refusal}", row.request);
                }
                (_, made) => panic!("{}: {} became {made:?}", group.heading, row.request),
            }
        }
    }
}

#[test]
fn groups_have_one_key_or_as_many_as_rows() {
    for group in groups() {
        let keys: BTreeSet<_> = group.rows.iter().filter_map(|row| row.expected).collect();
        match group.heading.split_once(':').map(|(kind, _)| kind) {
            Some("same") => assert_eq!(keys.len(), 1, "{}", group.heading),
            Some("different") => {
                let distinct: BTreeSet<_> = keys.iter().map(|(_, key)| key).collect();
                assert_eq!(distinct.len(), group.rows.len(), "{}", group.heading);
            }
            _ => assert!(keys.is_empty(), "{}", group.heading),
        }
    }
}

fn groups() -> Vec<Group<'static>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        match columns[..] {
            [heading] => groups.push(Group { heading, rows: Vec::new() }),
            [request, accept, salt, ignored, ref expected @ ..] => {
                let accept = (accept != "-").then_some(accept);
                let expected = expected.first().copied().zip(expected.get(1).copied());
                let row = Row { request, accept, salt, ignored, expected };
                groups.last_mut().expect("a row follows a heading").rows.push(row);
            }
            _ => panic!("neither heading nor row: {line}"),
        }
    }
    groups
}
