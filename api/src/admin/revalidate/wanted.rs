//! What a call asks for: body or query, read whole before anything is done.

use std::time::Duration;

use axum::extract::Query;
use axum::http::Uri;
use imcaxy_shared::entry::{BlockTarget, Scope, SourceRef};
use imcaxy_shared::ports::Mode;
use imcaxy_shared::request::{IgnoredQuery, SourceId, SourceUrl};
use imcaxy_shared::told::cut;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::super::query::wrong;
use crate::error::Refused;

/// URLs in one call at most.
pub(crate) const MOST_URLS: usize = 1000;
/// The longest that a call waits for the end.
pub(crate) const LONGEST_WAIT: u64 = 600;
/// Of several URLs, as many are told in records.
const MOST_TOLD: usize = 10;
/// What a call may say.
const ALLOWED: &str = "url, urls, prefix, host, tag, mode, block, dry_run and wait are allowed";

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

/// What is selected.
#[derive(Debug, PartialEq)]
pub(super) enum Selection {
    /// These sources, each once: as they are named, and in every spelling.
    Sources { named: Vec<SourceRef>, spelled: Vec<SourceId> },
    /// A place, a tag or everything.
    Place(Scope),
}

/// The members of a body, and the parameters of a query.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(default, deserialize_with = "given")]
    url: Given<String>,
    #[serde(default, deserialize_with = "given")]
    urls: Given<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    prefix: Given<String>,
    #[serde(default, deserialize_with = "given")]
    host: Given<String>,
    #[serde(default, deserialize_with = "given")]
    tag: Given<String>,
    mode: Option<String>,
    block: Option<bool>,
    dry_run: Option<bool>,
    wait: Option<u64>,
}

/// What a selection is, if it is there; it may be null, which selects nothing and must not be taken for everything.
type Given<T> = Option<Option<T>>;

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
        let asked = in_query(uri)?;
        let members = match (asked.is_empty(), body.is_empty()) {
            (false, false) => return Err(wrong("a body or a query is allowed, not both")),
            (true, false) => in_body(body)?,
            (_, true) => serde_json::from_value(Value::Object(asked)).map_err(|cause| malformed(&cause))?,
        };
        Self::of(members, ignored, longest)
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
            sources(&urls, ignored, longest)?
        } else if let Some(text) = prefix {
            Selection::Place(Scope::Prefix(text.parse().map_err(|cause| bad("prefix", &text, &cause))?))
        } else if let Some(text) = host {
            Selection::Place(Scope::Host(text.parse().map_err(|cause| bad("host", &text, &cause))?))
        } else if let Some(text) = tag {
            Selection::Place(Scope::Tag(text.parse().map_err(|cause| bad("tag", &text, &cause))?))
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

impl Selection {
    /// What is to be discarded: a rule for each.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Sources { spelled, .. } => spelled.iter().cloned().map(Scope::Source).collect(),
            Self::Place(scope) => vec![scope.clone()],
        }
    }

    /// What is refused, where it can be: a block is about every spelling.
    pub(super) fn targets(&self) -> Vec<BlockTarget> {
        match self {
            Self::Sources { named, .. } => {
                named.iter().map(|source| BlockTarget::Url(source.url.clone())).collect()
            }
            Self::Place(Scope::Prefix(prefix)) => vec![BlockTarget::Prefix(prefix.clone())],
            Self::Place(Scope::Host(host)) => vec![BlockTarget::Host(host.clone())],
            Self::Place(_) => Vec::new(),
        }
    }

    /// In words, for records.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Sources { named, .. } => match named.as_slice() {
                [only] => cut(format!("url {}", only.url)),
                named => cut(several(named)),
            },
            Self::Place(scope) => cut(scope.to_string()),
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        *self == Self::Place(Scope::Everything)
    }
}

/// How many there are, and the first of them in the order of their URLs.
fn several(named: &[SourceRef]) -> String {
    let mut urls: Vec<&str> = named.iter().map(|source| source.url.as_str()).collect();
    urls.sort_unstable();
    let more = match urls.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let told: Vec<&str> = urls.iter().copied().take(MOST_TOLD).collect();
    format!("{} urls: {}{more}", urls.len(), told.join(", "))
}

/// A member that is there, whatever its value.
fn given<'de, D, T>(member: D) -> Result<Given<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(member).map(Some)
}

fn not_null<T>(name: &str, given: Given<T>) -> Result<Option<T>, Refused> {
    match given {
        Some(None) => {
            Err(wrong(format!("{name} is null; leave it out to select something else, or everything")))
        }
        given => Ok(given.flatten()),
    }
}

fn sources(urls: &[String], ignored: &IgnoredQuery, longest: u64) -> Result<Selection, Refused> {
    if urls.is_empty() {
        return Err(wrong("urls is empty; leave it out to select everything"));
    }
    if urls.len() > MOST_URLS {
        return Err(wrong(format!("urls has {} URLs; {MOST_URLS} are allowed", urls.len())));
    }
    let (mut named, mut spelled) = (Vec::<SourceRef>::with_capacity(urls.len()), Vec::new());
    for text in urls {
        if text.len() as u64 > longest {
            let long = text.len();
            return Err(wrong(format!(
                "a url has {long} bytes; requests.max_uri ({longest} bytes) is the most"
            )));
        }
        let url = SourceUrl::parse(text).map_err(|cause| bad("url", text, &cause))?;
        spelled.extend(url.spellings().iter().map(|url| SourceRef::of(url, ignored).id));
        named.push(SourceRef::of(&url, ignored));
    }
    named.sort_by(|one, other| one.id.cmp(&other.id));
    named.dedup_by(|one, other| one.id == other.id);
    spelled.sort();
    spelled.dedup();
    if spelled.len() > MOST_URLS {
        let many = format!("urls has {} URLs in {} spellings", named.len(), spelled.len());
        return Err(wrong(format!("{many}, with escapes and without; {MOST_URLS} are allowed")));
    }
    Ok(Selection::Sources { named, spelled })
}

fn in_body(body: &[u8]) -> Result<Members, Refused> {
    // A list would be taken for the members in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(wrong(format!("the body is no object; one is allowed, in which {ALLOWED}")));
    }
    serde_json::from_slice(body).map_err(|cause| {
        let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let of_another_type = members.iter().find_map(|(name, value)| of_another_type(name, value));
        of_another_type.map_or_else(|| malformed(&cause), wrong)
    })
}

/// What is wrong with a member that is of another type than it may be.
fn of_another_type(name: &str, value: &Value) -> Option<String> {
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let (is_allowed, allowed) = match name {
        "url" | "prefix" | "host" | "tag" | "mode" => (is_text(value), "a text is"),
        "urls" => (
            value.is_null() || value.as_array().is_some_and(|urls| urls.iter().all(Value::is_string)),
            "a list of texts is",
        ),
        "block" | "dry_run" => (value.is_boolean() || value.is_null(), "true or false is"),
        "wait" => (value.is_u64() || value.is_null(), "a number of seconds from 0 to 600 is"),
        _ => return None,
    };
    (!is_allowed).then(|| format!("{name} = {}: {allowed} allowed", cut(value.to_string())))
}

/// The query as the members of a body; `urls` may come several times.
fn in_query(uri: &Uri) -> Result<Map<String, Value>, Refused> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|cause| wrong(format!("{}; {ALLOWED}", cause.body_text())))?;
    let mut members = Map::new();
    for (name, text) in pairs {
        let value = match name.as_str() {
            "urls" => {
                let several = members.entry("urls").or_insert_with(|| Value::Array(Vec::new()));
                several.as_array_mut().into_iter().for_each(|urls| urls.push(text.clone().into()));
                continue;
            }
            "block" | "dry_run" => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return Err(wrong(format!("{name} = {text}: true or false is allowed"))),
            },
            "wait" => match text.parse::<u64>() {
                Ok(seconds) => seconds.into(),
                Err(_) => {
                    return Err(wrong(format!("wait = {text}: 0 to {LONGEST_WAIT} seconds are allowed")));
                }
            },
            _ => Value::String(text),
        };
        if members.insert(name.clone(), value).is_some() {
            return Err(wrong(format!("{name} is there twice; once is allowed")));
        }
    }
    Ok(members)
}

fn malformed(cause: &serde_json::Error) -> Refused {
    wrong(format!("{cause}; an object is allowed, in which {ALLOWED}"))
}

fn bad(name: &str, text: &str, cause: &impl std::fmt::Display) -> Refused {
    wrong(format!("{name} = {}: {cause}", cut(text.to_owned())))
}

#[cfg(test)]
mod tests {
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
