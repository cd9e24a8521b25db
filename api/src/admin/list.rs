//! What every list has in common: how much of it is asked for, and from where.

use std::str::FromStr;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use imcaxy_shared::told::cut;
use serde::Deserialize;
use serde_json::{Value, json};

use super::query;
use crate::error::Refused;

/// Items in one answer, unless fewer are asked for.
const LIMIT: usize = 100;
/// The most that can be asked for.
const MOST: usize = 1000;

/// The query of a list of which nothing but a part can be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    limit: Option<String>,
    cursor: Option<String>,
}

impl Part {
    /// How many items are asked for, and after which place.
    pub(super) fn read<Place: FromStr>(
        part: Result<Query<Self>, QueryRejection>,
    ) -> Result<(usize, Option<Place>), Refused> {
        let Self { limit: asked, cursor } = query::read(part, "limit and cursor")?;
        Ok((limit(asked.as_deref())?, cursor.as_deref().map(read_cursor).transpose()?))
    }
}

/// How many items are asked for.
pub(super) fn limit(asked: Option<&str>) -> Result<usize, Refused> {
    let Some(text) = asked else { return Ok(LIMIT) };
    let is_allowed = |limit: &usize| (1..=MOST).contains(limit);
    text.parse().ok().filter(is_allowed).ok_or_else(|| {
        query::wrong(format!("limit = {}: a whole number from 1 to {MOST} is allowed", cut(text.to_owned())))
    })
}

/// Where a page begins. A cursor is in hex, so that nobody takes it for more than one.
pub(super) fn read_cursor<Place: FromStr>(cursor: &str) -> Result<Place, Refused> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.and_then(|text| text.parse().ok());
    place.ok_or_else(|| {
        let shown = cut(cursor.to_owned());
        query::wrong(format!("cursor = {shown}: next_cursor of an earlier page of this list is allowed"))
    })
}

/// One page of a list; `next` is where the next one begins, if there is one.
pub(super) fn page(items: Vec<Value>, next: Option<&str>) -> Value {
    json!({ "items": Value::Array(items), "next_cursor": next.map(hex::encode) })
}

/// The one of `all` that is asked for by its name.
pub(super) fn named<T: Copy>(
    parameter: &str,
    asked: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Refused> {
    all.iter().copied().find(|one| name(*one) == asked).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        query::wrong(format!(
            "{parameter} = {}: one of {} is allowed",
            cut(asked.to_owned()),
            names.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T>(read: Result<T, Refused>) -> Option<String> {
        read.err().and_then(|refused| refused.told()["message"].as_str().map(str::to_owned))
    }

    #[test]
    fn a_wrong_part_of_a_list_is_told_with_what_is_allowed() {
        assert_eq!(["1", "1000"].map(|text| limit(Some(text)).ok()), [Some(1), Some(1000)]);
        for text in ["a", "", "0", "1001", "-1", "1.5", "99999999999999999999"] {
            let message = format!("limit = {text}: a whole number from 1 to 1000 is allowed");
            assert_eq!(said(limit(Some(text))), Some(message));
        }
        for text in ["zz", "7", "ff"] {
            let message = format!("cursor = {text}: next_cursor of an earlier page of this list is allowed");
            assert_eq!(said(read_cursor::<u64>(text)), Some(message));
        }
        assert_eq!(read_cursor::<u64>(&hex::encode("7")).ok(), Some(7));
    }
}
