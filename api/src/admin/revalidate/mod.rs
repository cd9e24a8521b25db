//! `POST /revalidate`: what was made of some sources is checked, discarded or rendered again.

mod begun;
mod discard;
mod matched;
mod members;
mod selection;
mod wait;
mod walked;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use imcaxy_shared::config::Scope;
use imcaxy_shared::ports::Mode;
use serde_json::json;

use super::audit::About;
use super::{Actor, query};
use crate::App;
use crate::error::Refused;
use crate::front::Front;
use discard::discard;
use matched::count;
pub(crate) use selection::MOST_URLS;
pub(super) use wait::ended;
use walked::{check, refresh};
pub(crate) use wanted::LONGEST_WAIT;
use wanted::Wanted;

/// The largest body: so many URLs of the usual length are far below it.
pub(super) const MOST_BODY: usize = 8 << 20;

pub(super) async fn revalidate(
    State(front): State<Front>,
    Extension(actor): Extension<Actor>,
    uri: Uri,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let wanted = match read(&front, &uri, body) {
        Ok(wanted) => wanted,
        Err(refused) => return refused.into_response(),
    };
    let answer = match may(&actor, &wanted) {
        Ok(()) => match front.app() {
            Ok(app) => carry_out(app, &wanted, &actor).await,
            Err(refused) => Err(refused),
        },
        Err(refused) => Err(refused),
    };
    let mut answer = answer.unwrap_or_else(Refused::into_response);
    answer.extensions_mut().insert(About(about(&wanted)));
    answer
}

fn read(front: &Front, uri: &Uri, body: Result<Bytes, BytesRejection>) -> Result<Wanted, Refused> {
    let body = body.map_err(|cause| {
        query::wrong(format!("{}; a body of {MOST_BODY} bytes is allowed", cause.body_text()))
    })?;
    let rules = &front.app()?.rules;
    Wanted::read(uri, &body, &rules.ignored, rules.gate.longest_target())
}

fn may(actor: &Actor, wanted: &Wanted) -> Result<(), Refused> {
    if wanted.block {
        actor.may(Scope::Admin)
    } else if wanted.selection.is_everything() {
        actor.may(Scope::PurgeAll)
    } else {
        actor.may(Scope::Revalidate)
    }
}

/// For the audit.
fn about(wanted: &Wanted) -> String {
    let dry_run = if wanted.dry_run { ", dry run" } else { "" };
    let block = if wanted.block { ", block" } else { "" };
    format!("{}: {}{block}{dry_run}", wanted.mode.name(), wanted.selection.told())
}

async fn carry_out(app: &Arc<App>, wanted: &Wanted, actor: &Actor) -> Result<Response, Refused> {
    let mode = wanted.mode;
    if wanted.dry_run {
        let matched = app.catalog.ask(Duration::ZERO, count(app, &wanted.selection)).await?;
        let told = json!({ "id": null, "mode": mode.name(), "matched": matched.told() });
        return Ok((StatusCode::ACCEPTED, Json(told)).into_response());
    }
    let begun = match mode {
        Mode::Check => check(app, wanted, actor).await?,
        Mode::Discard => discard(app, wanted, actor).await?,
        Mode::Refresh => refresh(app, wanted, actor).await?,
    };
    Ok(begun.answer(wanted.wait))
}
