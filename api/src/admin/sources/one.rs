//! `GET /sources/one`: everything that is known of a source.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::entry::{Day, Source, SourceRef};
use imcaxy_shared::request::{SourceId, SourceUrl};
use imcaxy_shared::time::Timestamp;
use imcaxy_shared::told::cut;
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
    let found = known(app, &url).await?;
    let days = app.stores.usage.days(&found.id, Day::from_number(0)).await?;
    let mut told = item(app, &found, app.stores.clock.now());
    told.insert("history".to_owned(), Value::Array(history(&found)));
    let day = |(day, uses): &(Day, u64)| json!({ "day": day.to_string(), "uses": uses });
    told.insert("uses_by_day".to_owned(), days.iter().map(day).collect());
    Ok(Json(Value::Object(told)))
}

/// The source at an address, as requests name it; where none is known by that, the one that is known by another spelling. What is no address
/// is no source's.
///
/// # Errors
/// None is known by any spelling, or the catalog cannot be reached.
pub(in crate::admin) async fn known(app: &App, url: &str) -> Result<Source, Refused> {
    for id in spellings(app, url)? {
        if let Some(found) = app.stores.inventory.source(&id).await? {
            return Ok(found);
        }
    }
    let url = cut(url.to_owned());
    Err(unknown(format!("no source with the url {url} is known, neither with percent-escapes nor without")))
}

/// The ids of the source at an address, in every spelling, that which it is given in first.
///
/// # Errors
/// It is no address.
pub(in crate::admin) fn spellings(app: &App, url: &str) -> Result<Vec<SourceId>, Refused> {
    let named = SourceUrl::parse(url)
        .map_err(|problem| unknown(format!("no source has the url {}: {problem}", cut(url.to_owned()))))?;
    Ok(named.spellings().iter().map(|spelling| SourceRef::of(spelling, &app.rules.ignored).id).collect())
}

fn unknown(why: String) -> Refused {
    Refused::new(Code::NotFound, why)
}

/// What has happened to it, as far as its document tells: the last of each kind, the latest first.
fn history(source: &Source) -> Vec<Value> {
    let absent = source.known_checks().and_then(|known| known.absences).map(|absences| absences.last);
    let mut events = [
        ("check", source.checked_at),
        ("change", source.changed_at),
        ("absence", absent),
        ("discard", source.discarded_at),
    ];
    events.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let known = events.iter().filter_map(|(what, at)| at.map(|at| (*what, at)));
    known.map(|(what, at): (&str, Timestamp)| json!({ "what": what, "at": at.rfc3339() })).collect()
}
