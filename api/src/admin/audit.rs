//! `GET /audit`: who has changed what. Every call that changes something is written down, whatever became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;
use axum::{Extension, Json};
use imcaxy_shared::jobs::FailureCode;
use imcaxy_shared::ports::AuditLine;
use serde_json::{Value, json};

use super::{Actor, list};
use crate::App;
use crate::error::{Code, Refused};
use crate::front::Front;

pub(super) async fn audit(
    State(front): State<Front>,
    page: Result<Query<list::Part>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let (limit, after) = list::Part::read(page)?;
    let app = front.app()?;
    let lines = app.catalog.ask(Duration::ZERO, app.stores.audit.lines(after.as_ref(), limit)).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.moment().to_string());
    let items: Vec<Value> = lines.iter().map(item).collect();
    Ok(Json(list::page(items, next.as_deref())))
}

fn item(line: &AuditLine) -> Value {
    json!({
        "at": line.at.rfc3339(),
        "actor": line.actor,
        "action": line.action,
        "scope": line.scope,
        "result": line.result,
    })
}

/// What a call was about, in words: put into its answer for the audit.
#[derive(Clone, Debug)]
pub(super) struct About(pub String);

/// The methods of a route that change something. What has begun is ended though the client goes away, and is written down.
pub(super) fn audited(
    front: Front,
    action: &'static str,
    methods: MethodRouter<Front>,
) -> MethodRouter<Front> {
    methods.route_layer(from_fn_with_state(
        front,
        move |State(front): State<Front>,
              Extension(actor): Extension<Actor>,
              request: Request,
              next: Next| async move {
            let app = match front.app() {
                Ok(app) => Arc::clone(app),
                Err(refused) => return refused.into_response(),
            };
            let call = app.lifecycle.clone().spawn(async move {
                let response = next.run(request).await;
                let about = response.extensions().get::<About>().cloned();
                note(&app, &actor, action, about, response.status()).await;
                response
            });
            call.await.unwrap_or_else(|_| {
                Refused::new(Code::Job(FailureCode::Internal), "the call broke off").into_response()
            })
        },
    ))
}

async fn note(app: &App, actor: &Actor, action: &str, about: Option<About>, status: StatusCode) {
    let line = AuditLine {
        id: format!("{:016x}", rand::random::<u64>()),
        at: app.stores.clock.now(),
        actor: actor.name().to_owned(),
        action: action.to_owned(),
        scope: about.map(|About(scope)| scope).unwrap_or_default(),
        result: status.as_u16().to_string(),
    };
    tracing::info!(
        actor = line.actor,
        action,
        scope = line.scope,
        status = line.result,
        "an administrator's call"
    );
    if let Err(cause) = app.catalog.ask(Duration::ZERO, app.stores.audit.note(&line)).await {
        tracing::warn!(%cause, "a call is missing in the audit");
    }
}
