//! `GET /sources/one`: everything that is known of a source.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::entry::{Day, Source, SourceRef};
use imcaxy_shared::request::SourceUrl;
use imcaxy_shared::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::item;
use crate::App;
use crate::admin::query;
use crate::error::{Code, Refused};
use crate::front::Front;

/// The query of this call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct Asked {
    url: String,
}

pub(in crate::admin) async fn one(
    State(front): State<Front>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let Asked { url } = query::read(asked, "no parameters but url")?;
    let app = front.app()?;
    let source = named(app, &url)?;
    let found = app.stores.inventory.source(&source.id).await?.ok_or_else(|| unknown(&source.url))?;
    let days = app.stores.usage.days(&source.id, Day::from_number(0)).await?;
    let mut told = item(app, &found, app.stores.clock.now());
    told.insert("history".to_owned(), Value::Array(history(&found)));
    let day = |(day, uses): &(Day, u64)| json!({ "day": day.to_string(), "uses": uses });
    told.insert("uses_by_day".to_owned(), days.iter().map(day).collect());
    Ok(Json(Value::Object(told)))
}

/// The source at an address, as requests name it. What is no address is no source's.
pub(in crate::admin) fn named(app: &App, url: &str) -> Result<SourceRef, Refused> {
    match SourceUrl::parse(url) {
        Ok(parsed) => Ok(SourceRef::of(&parsed, &app.rules.ignored)),
        Err(problem) => Err(Refused::new(Code::NotFound, format!("no source has the url {url}: {problem}"))),
    }
}

/// No source is known by this address.
pub(in crate::admin) fn unknown(url: &str) -> Refused {
    Refused::new(Code::NotFound, format!("no source with the url {url} is known"))
}

/// What has happened to it, as far as its document tells: the last of each kind, the latest first.
fn history(source: &Source) -> Vec<Value> {
    let absent = source.known_checks().and_then(|known| known.absences).map(|absences| absences.last);
    let mut events = [("check", source.checked_at), ("change", source.changed_at), ("absence", absent)];
    events.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let known = events.iter().filter_map(|(what, at)| at.map(|at| (*what, at)));
    known.map(|(what, at): (&str, Timestamp)| json!({ "what": what, "at": at.rfc3339() })).collect()
}
