//! `GET /sources` and `GET /sources/one`: what is known of sources.

mod among;
mod one;
mod state;
mod walk;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::entry::{Source, SourceState};
use imcaxy_shared::ports::SourceOrder;
use imcaxy_shared::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{list, query};
use crate::App;
use crate::error::Refused;
use crate::front::Front;
use walk::walk;

pub(super) use one::{known, one, spellings};

/// The query of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    q: Option<String>,
    state: Option<String>,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

pub(super) async fn sources(
    State(front): State<Front>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let Asked { q, state, sort, limit, cursor } = query::read(asked, "q, state, sort, limit and cursor")?;
    let among = among::read(q.as_deref().unwrap_or_default())?;
    let state =
        state.map(|state| list::named("state", &state, &SourceState::ALL, SourceState::name)).transpose()?;
    let order =
        sort.map(|sort| list::named("sort", &sort, &SourceOrder::ALL, SourceOrder::name)).transpose()?;
    let after = cursor.as_deref().map(list::read_cursor).transpose()?;
    let wanted = walk::Wanted {
        among,
        state,
        order: order.unwrap_or(SourceOrder::Uses),
        limit: list::limit(limit.as_deref())?,
    };
    let app = front.app()?;
    let now = app.stores.clock.now();
    let state_of = |source: &Source| state::of(app, source, now);
    let found = walk(&*app.stores.inventory, &wanted, after, state_of).await?;
    let items = found.sources.iter().map(|source| Value::Object(item(app, source, now))).collect();
    Ok(Json(list::page(items, found.next.map(|rank| rank.to_string()).as_deref())))
}

/// What the list says of a source.
fn item(app: &App, source: &Source, now: Timestamp) -> serde_json::Map<String, Value> {
    // Where nobody is asked unasked, or cannot be, what is planned does not take place.
    let standing = source.standing(source.discarded);
    let can_be = standing.is_none_or(|standing| standing.can_be_asked_about(&app.rules.ignored));
    let next_check_at = source.next_check_at.filter(|_| app.rules.checks && can_be);
    let told = [
        ("url", json!(source.url)),
        ("host", json!(source.host)),
        ("state", json!(state::of(app, source, now).name())),
        ("variants", json!(source.variants)),
        ("bytes", json!(source.bytes)),
        ("uses", json!(source.uses)),
        ("last_used_at", json!(source.last_used_at.map(Timestamp::rfc3339))),
        ("checked_at", json!(source.checked_at.map(Timestamp::rfc3339))),
        ("changed_at", json!(source.changed_at.map(Timestamp::rfc3339))),
        ("next_check_at", json!(next_check_at.map(Timestamp::rfc3339))),
    ];
    told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
