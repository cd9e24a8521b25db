//! What a call says, in its body or in its query, whatever it means.

use axum::extract::Query;
use axum::http::Uri;
use imcaxy_shared::told::cut;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::super::query::wrong;
use super::wanted::LONGEST_WAIT;
use crate::error::Refused;

/// What a call may say.
const ALLOWED: &str = "url, urls, prefix, host, tag, mode, block, dry_run and wait are allowed";

/// The members of a body, and the parameters of a query.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    #[serde(default, deserialize_with = "given")]
    pub url: Given<String>,
    #[serde(default, deserialize_with = "given")]
    pub urls: Given<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    pub prefix: Given<String>,
    #[serde(default, deserialize_with = "given")]
    pub host: Given<String>,
    #[serde(default, deserialize_with = "given")]
    pub tag: Given<String>,
    pub mode: Option<String>,
    pub block: Option<bool>,
    pub dry_run: Option<bool>,
    pub wait: Option<u64>,
}

/// What a selection is, if it is there; it may be null, which selects nothing and must not be taken for everything.
pub(super) type Given<T> = Option<Option<T>>;

impl Members {
    /// Reads those of a call.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn read(uri: &Uri, body: &[u8]) -> Result<Self, Refused> {
        let asked = in_query(uri)?;
        match (asked.is_empty(), body.is_empty()) {
            (false, false) => Err(wrong("a body or a query is allowed, not both")),
            (true, false) => in_body(body),
            (_, true) => serde_json::from_value(Value::Object(asked)).map_err(|cause| malformed(&cause)),
        }
    }
}

/// A member that is there, whatever its value.
fn given<'de, D, T>(member: D) -> Result<Given<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(member).map(Some)
}

pub(super) fn not_null<T>(name: &str, given: Given<T>) -> Result<Option<T>, Refused> {
    match given {
        Some(None) => {
            Err(wrong(format!("{name} is null; leave it out to select something else, or everything")))
        }
        given => Ok(given.flatten()),
    }
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
