//! What every list has in common: how much of it is asked for, and from where.

use std::str::FromStr;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
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
    limit: Option<usize>,
    cursor: Option<String>,
}

impl Part {
    /// How many items are asked for, and after which place.
    pub(super) fn read<Place: FromStr>(
        part: Result<Query<Self>, QueryRejection>,
    ) -> Result<(usize, Option<Place>), Refused> {
        let Self { limit: asked, cursor } = query::read(part, "limit and cursor")?;
        Ok((limit(asked)?, cursor.as_deref().map(read_cursor).transpose()?))
    }
}

/// How many items are asked for.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Refused> {
    let limit = asked.unwrap_or(LIMIT);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(query::wrong(format!("limit = {limit}: 1 to {MOST} is allowed")))
    }
}

/// Where a page begins. A cursor is in hex, so that nobody takes it for more than one.
pub(super) fn read_cursor<Place: FromStr>(cursor: &str) -> Result<Place, Refused> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.and_then(|text| text.parse().ok());
    place.ok_or_else(|| query::wrong("cursor is not one that this list gave"))
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
        query::wrong(format!("{parameter} = {asked}: one of {} is allowed", names.join(", ")))
    })
}
