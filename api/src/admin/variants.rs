//! `GET /variants`: what was made of a source.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::entry::Entry;
use imcaxy_shared::ports::{Page, VariantOrder};
use imcaxy_shared::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sources::{known, spellings};
use super::{list, query};
use crate::error::Refused;
use crate::front::Front;

/// The query of this list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    url: String,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

pub(super) async fn variants(
    State(front): State<Front>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let Asked { url, sort, limit, cursor } = query::read(asked, "url, sort, limit and cursor")?;
    let order =
        sort.map(|sort| list::named("sort", &sort, &VariantOrder::ALL, VariantOrder::name)).transpose()?;
    let order = order.unwrap_or(VariantOrder::Uses);
    let after = cursor.as_deref().map(list::read_cursor).transpose()?;
    let limit = list::limit(limit.as_deref())?;
    let app = front.app()?;
    let page = Page { order, after, limit };
    let mut found = Vec::new();
    for id in spellings(app, &url)? {
        found = app.stores.inventory.variants(&id, &page).await?;
        if !found.is_empty() {
            break;
        }
    }
    if found.is_empty() {
        known(app, &url).await?;
    }
    let next = found.last().filter(|_| found.len() == limit).map(|entry| order.rank(entry).to_string());
    Ok(Json(list::page(found.iter().map(item).collect(), next.as_deref())))
}

fn item(entry: &Entry) -> Value {
    json!({
        "key": entry.key,
        "operation": entry.operation,
        "params": entry.params,
        "content_type": entry.content_type,
        "size": entry.size,
        "uses": entry.uses,
        "last_used_at": entry.last_used_at.map(Timestamp::rfc3339),
        "created_at": entry.created_at.rfc3339(),
        "render_ms": entry.render_ms,
    })
}
