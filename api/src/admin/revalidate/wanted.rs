//! What a call asks for, read whole before anything is done.

use std::time::Duration;

use axum::http::Uri;
use imcaxy_shared::entry::Scope;
use imcaxy_shared::ports::Mode;
use imcaxy_shared::request::IgnoredQuery;

use super::super::query::wrong;
use super::members::{Members, not_null};
use super::selection::Selection;
use crate::error::Refused;

/// The longest that a call waits for the end.
pub(crate) const LONGEST_WAIT: u64 = 600;

/// What is to be done, and about what.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub selection: Selection,
    pub mode: Mode,
    /// Whether it is refused from now on.
    pub block: bool,
    /// Whether it is only counted.
    pub dry_run: bool,
    /// How long the end is waited for.
    pub wait: Option<Duration>,
}

impl Wanted {
    /// Reads a call. Its URLs, each of `longest` bytes at most, become the identities that requests give them.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn read(
        uri: &Uri,
        body: &[u8],
        ignored: &IgnoredQuery,
        longest: u64,
    ) -> Result<Self, Refused> {
        Self::of(Members::read(uri, body)?, ignored, longest)
    }

    fn of(members: Members, ignored: &IgnoredQuery, longest: u64) -> Result<Self, Refused> {
        let Members { url, urls, prefix, host, tag, mode, block, dry_run, wait } = members;
        let (url, urls) = (not_null("url", url)?, not_null("urls", urls)?);
        let (prefix, host, tag) =
            (not_null("prefix", prefix)?, not_null("host", host)?, not_null("tag", tag)?);
        let mode = match mode.as_deref() {
            None => Mode::Check,
            Some(name) => Mode::ALL.into_iter().find(|mode| mode.name() == name).ok_or_else(|| {
                wrong(format!("mode = {name}: one of check, discard and refresh is allowed"))
            })?,
        };
        let given = [
            ("url", url.is_some()),
            ("urls", urls.is_some()),
            ("prefix", prefix.is_some()),
            ("host", host.is_some()),
            ("tag", tag.is_some()),
        ];
        let given: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
        if given.len() > 1 {
            let given = given.join(" and ");
            return Err(wrong(format!(
                "{given}: one of url, urls, prefix, host and tag is allowed, or none of them"
            )));
        }
        let block = block.unwrap_or_default();
        // What is blocked is discarded, whatever was said.
        let mode = if block { Mode::Discard } else { mode };
        let selection = if let Some(urls) = url.map(|url| vec![url]).or(urls) {
            Selection::of_urls(&urls, ignored, longest)?
        } else if let Some(text) = prefix {
            Selection::place("prefix", &text, Scope::Prefix)?
        } else if let Some(text) = host {
            Selection::place("host", &text, Scope::Host)?
        } else if let Some(text) = tag {
            Selection::place("tag", &text, Scope::Tag)?
        } else {
            Selection::Place(Scope::Everything)
        };
        if block && matches!(selection, Selection::Place(Scope::Tag(_) | Scope::Everything)) {
            return Err(wrong("block needs url, urls, prefix or host"));
        }
        if wait.is_some_and(|seconds| seconds > LONGEST_WAIT) {
            return Err(wrong(format!("wait: 0 to {LONGEST_WAIT} seconds are allowed")));
        }
        let wait = wait.map(Duration::from_secs);
        Ok(Self { selection, mode, block, dry_run: dry_run.unwrap_or_default(), wait })
    }
}

#[cfg(test)]
mod tests {
    use super::super::selection::MOST_URLS;
    use super::*;

    const LONGEST: u64 = 16 << 10;

    fn read(query: &str, body: &str) -> Result<Wanted, String> {
        let uri = format!("/api/v1/revalidate{query}").parse().expect("a URI");
        let ignored = IgnoredQuery::from_names(["sig"]);
        let told = |refused: Refused| refused.told()["message"].as_str().unwrap_or_default().to_owned();
        Wanted::read(&uri, body.as_bytes(), &ignored, LONGEST).map_err(told)
    }

    #[test]
    fn body_and_query_say_the_same() {
        for (query, body, scope) in [
            ("?url=http://h/a", r#"{"url":"http://h/a"}"#, "url http://h/a"),
            ("?url=http://h/a%3Fsig=1%26b=2", r#"{"url":"http://h/a?sig=1&b=2"}"#, "url http://h/a?b=2"),
            ("?urls=http://h/a&urls=http://h/a", r#"{"urls":["http://h/a","http://h/a"]}"#, "url http://h/a"),
            (
                "?urls=http://h/b&urls=http://h/a%3Fsig=1",
                r#"{"urls":["http://h/b","http://h/a?sig=1"]}"#,
                "2 urls: http://h/a, http://h/b",
            ),
            ("?prefix=http://h/a", r#"{"prefix":"http://h/a"}"#, "prefix http://h/a"),
            ("?host=H", r#"{"host":"H"}"#, "host h"),
            ("?tag=src-0123456789abcdef", r#"{"tag":"src-0123456789abcdef"}"#, "tag src-0123456789abcdef"),
            ("", "", "everything"),
            ("", "{}", "everything"),
        ] {
            let (asked, told) = (read(query, ""), read("", body));
            assert_eq!(asked, told, "{query}");
            assert_eq!(asked.map(|wanted| wanted.selection.told()), Ok(scope.to_owned()), "{query}");
        }
        let spelled = |body: &str| read("", body).map(|wanted| wanted.selection.scopes().len());
        assert_eq!(spelled(r#"{"urls":["http://h/ü","http://h/%C3%BC","http://h/a"]}"#), Ok(3));
        let wanted = read("?host=h&mode=discard&dry_run=true&wait=3&block=true", "").expect("a call");
        assert_eq!((wanted.mode, wanted.dry_run, wanted.block), (Mode::Discard, true, true));
        assert_eq!(wanted.wait, Some(Duration::from_secs(3)));
        assert_eq!(read("", "{}").map(|wanted| wanted.mode), Ok(Mode::Check));
    }

    #[test]
    fn of_many_urls_the_first_are_told_and_how_many_more_there_are() {
        let told = |many: u32| {
            let urls: Vec<String> =
                (10..10 + many).rev().map(|number| format!(r#""http://h/{number}""#)).collect();
            read("", &format!(r#"{{"urls":[{}]}}"#, urls.join(","))).map(|wanted| wanted.selection.told())
        };
        let first: Vec<String> = (10..20).map(|number| format!("http://h/{number}")).collect();
        let first = first.join(", ");
        assert_eq!(told(10), Ok(format!("10 urls: {first}")));
        assert_eq!(told(13), Ok(format!("13 urls: {first} and 3 more")));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_allowed() {
        let long = format!(r#"{{"url":"http://h/{}"}}"#, "a".repeat(16 << 10));
        let accents: Vec<String> =
            (0..=MOST_URLS / 2).map(|number| format!(r#""http://h/ü{number}""#)).collect();
        let accents = format!(r#"{{"urls":[{}]}}"#, accents.join(","));
        let many = format!(r#"{{"urls":[{}]}}"#, vec![r#""http://h/a""#; MOST_URLS + 1].join(","));
        for (query, body, said) in [
            ("?colour=red", "", "url, urls, prefix, host, tag, mode, block, dry_run and wait are allowed"),
            (
                "",
                r#"{"colour":"red"}"#,
                "url, urls, prefix, host, tag, mode, block, dry_run and wait are allowed",
            ),
            ("", "[]", "the body is no object; one is allowed, in which url"),
            ("", r#"{"wait":"5s"}"#, r#"wait = "5s": a number of seconds from 0 to 600 is allowed"#),
            ("", r#"{"dry_run":1}"#, "dry_run = 1: true or false is allowed"),
            ("", r#"{"urls":"http://h/a"}"#, "a list of texts is allowed"),
            ("", r#"{"host":["h"]}"#, r#"host = ["h"]: a text is allowed"#),
            ("", r#"{"host":"h","host":"i"}"#, "duplicate field `host`"),
            ("", "{", "an object is allowed"),
            ("?host=h", "{}", "a body or a query is allowed, not both"),
            ("?mode=drop", "", "one of check, discard and refresh is allowed"),
            ("?host=h&tag=x", "", "host and tag: one of"),
            ("", r#"{"urls":[]}"#, "urls is empty"),
            ("", &many, "1000 are allowed"),
            ("", &accents, "501 URLs in 1002 spellings"),
            ("", &long, "a url has 16393 bytes; requests.max_uri (16384 bytes)"),
            ("", r#"{"url":null}"#, "url is null"),
            ("", r#"{"urls":null,"mode":"discard"}"#, "urls is null"),
            ("", r#"{"prefix":null,"host":"h"}"#, "prefix is null"),
            ("", r#"{"host":null}"#, "host is null"),
            ("", r#"{"tag":null}"#, "tag is null"),
            ("?host=*.h.test", "", "a host has no *"),
            ("?prefix=http://*.h.test/", "", "a host has no *"),
            ("?url=a.jpg", "", "url = a.jpg: "),
            ("?url=", "", "url = : "),
            ("?prefix=http://h/?a", "", "a prefix has no query"),
            ("?host=http://h", "", "a host has neither scheme nor port nor path"),
            ("?tag=x", "", "a tag is src- and 16"),
            ("?dry_run=yes", "", "true or false is allowed"),
            ("?wait=-1", "", "0 to 600 seconds are allowed"),
            ("?wait=601", "", "0 to 600 seconds are allowed"),
            ("?host=a&host=b", "", "host is there twice"),
            ("?block=true", "", "block needs url, urls, prefix or host"),
            ("?block=true&tag=src-0123456789abcdef", "", "block needs url, urls, prefix or host"),
        ] {
            let told = read(query, body).expect_err(query);
            assert!(told.contains(said), "{query} {told}");
        }
    }
}
