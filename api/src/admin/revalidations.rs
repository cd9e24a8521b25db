//! `GET /revalidations`: what was asked to be revalidated, and what came of it.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use imcaxy_shared::ports::{Counts, FailedSource, Revalidation};
use imcaxy_shared::time::Timestamp;
use serde_json::{Map, Value, json};

use super::{list, query};
use crate::error::{Code, Refused};
use crate::front::Front;

pub(super) async fn revalidations(
    State(front): State<Front>,
    page: Result<Query<list::Part>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let (limit, after) = list::Part::read(page)?;
    let app = front.app()?;
    let all = app.stores.revalidations.revalidations(after.as_ref(), limit);
    let all = app.catalog.ask(Duration::ZERO, all).await?;
    let next = all.last().filter(|_| all.len() == limit).map(|one| one.moment().to_string());
    let items: Vec<Value> = all.iter().map(|one| Value::Object(item(one))).collect();
    Ok(Json(list::page(items, next.as_deref())))
}

pub(super) async fn revalidation(
    State(front): State<Front>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    query::none(&uri)?;
    let app = front.app()?;
    let found = app.catalog.ask(Duration::ZERO, app.stores.revalidations.revalidation(&id)).await?;
    let found = found.ok_or_else(|| Refused::new(Code::NotFound, "there is no revalidation of that id"))?;
    Ok(Json(report(&found)))
}

/// All that is known of one.
pub(super) fn report(revalidation: &Revalidation) -> Value {
    let named = |failed: &FailedSource| json!({ "url": failed.url, "cause": failed.cause });
    let failures = revalidation.tally.failures.iter().map(named).collect();
    let mut told = item(revalidation);
    told.insert("failures".to_owned(), failures);
    Value::Object(told)
}

/// What the list says of one.
fn item(revalidation: &Revalidation) -> Map<String, Value> {
    let Counts { checked, changed, gone, failed, unchanged, discarded } = revalidation.tally.counts;
    let told = [
        ("id", json!(revalidation.id)),
        ("mode", json!(revalidation.mode.name())),
        ("scope", json!(revalidation.scope)),
        ("by", json!(revalidation.by)),
        ("started_at", json!(revalidation.started_at.rfc3339())),
        ("finished_at", json!(revalidation.finished_at.map(Timestamp::rfc3339))),
        ("state", json!(revalidation.state.name())),
        ("checked", json!(checked)),
        ("changed", json!(changed)),
        ("gone", json!(gone)),
        ("failed", json!(failed)),
        ("unchanged", json!(unchanged)),
        ("discarded", json!(discarded)),
    ];
    told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
