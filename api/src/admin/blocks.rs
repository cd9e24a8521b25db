//! `GET /blocks` and `DELETE /blocks`: what is refused from now on, and no more.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::discard::Discarded;
use imcaxy_shared::entry::{Block, BlockTarget, SourceRef};
use imcaxy_shared::jobs::JobKind;
use imcaxy_shared::request::{IgnoredQuery, SourceUrl};
use serde::Deserialize;
use serde_json::{Value, json};

use super::audit::About;
use super::revalidate::submit;
use super::{list, query};
use crate::App;
use crate::error::{Code, Refused};
use crate::front::Front;

/// The query of this list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// What is blocked no more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    url: Option<String>,
    prefix: Option<String>,
    host: Option<String>,
}

pub(super) async fn blocks(
    State(front): State<Front>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let page = query::read(page, "limit and cursor")?;
    let limit = list::limit(page.limit)?;
    let after = page.cursor.as_deref().map(list::read_cursor::<String>).transpose()?;
    let after = after.as_deref().map(place).transpose()?;
    let app = front.app()?;
    let blocks = app.catalog.ask(Duration::ZERO, app.stores.blocks.blocks(after.as_ref(), limit)).await?;
    let next = blocks.last().filter(|_| blocks.len() == limit).map(|block| block.target.to_string());
    let items: Vec<Value> = blocks.iter().map(item).collect();
    Ok(Json(list::page(items, next.as_deref())))
}

/// The target after which a page begins.
fn place(cursor: &str) -> Result<BlockTarget, Refused> {
    let target = cursor.split_once(' ').and_then(|(kind, text)| BlockTarget::from_store(kind, text));
    target.ok_or_else(|| query::wrong("cursor is not one that this list gave"))
}

fn item(Block { target, at, by }: &Block) -> Value {
    let named = |kind: &str| (target.kind() == kind).then(|| target.text());
    json!({ "url": named("url"), "prefix": named("prefix"), "host": named("host"), "at": at.rfc3339(), "by": by })
}

pub(super) async fn unblock(
    State(front): State<Front>,
    named: Result<Query<Named>, QueryRejection>,
) -> Response {
    let (app, target) = match read(&front, named) {
        Ok(read) => read,
        Err(refused) => return refused.into_response(),
    };
    let mut answer = match remove(&app, &target).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => refused.into_response(),
    };
    answer.extensions_mut().insert(About(target.to_string()));
    answer
}

fn read(
    front: &Front,
    named: Result<Query<Named>, QueryRejection>,
) -> Result<(Arc<App>, BlockTarget), Refused> {
    let named = query::read(named, "url, prefix and host")?;
    let app = Arc::clone(front.app()?);
    let target = named.target(&app.rules.ignored)?;
    Ok((app, target))
}

impl Named {
    fn target(self, ignored: &IgnoredQuery) -> Result<BlockTarget, Refused> {
        let bad = |name: &str, cause: &dyn std::fmt::Display| query::wrong(format!("{name}: {cause}"));
        match self {
            Self { url: Some(text), prefix: None, host: None } => {
                let url = SourceUrl::parse(&text).map_err(|cause| bad("url", &cause))?;
                Ok(BlockTarget::Url(SourceRef::of(&url, ignored).url))
            }
            Self { prefix: Some(text), url: None, host: None } => {
                text.parse().map(BlockTarget::Prefix).map_err(|cause| bad("prefix", &cause))
            }
            Self { host: Some(text), url: None, prefix: None } => {
                text.parse().map(BlockTarget::Host).map_err(|cause| bad("host", &cause))
            }
            _ => Err(query::wrong("one of url, prefix and host is needed")),
        }
    }
}

/// Removes a block, and returns when every replica knows.
///
/// What a crash leaves after the block is removed: replicas that refuse it until the list is changed again or they are started anew. Removing
/// it once more tells them, though it is not there.
async fn remove(app: &App, target: &BlockTarget) -> Result<(), Refused> {
    let was_there = app.catalog.ask(Duration::ZERO, app.stores.blocks.unblock(target)).await?;
    let commit = app.discards.commit_for_blocks(vec![target.scope()]);
    match app.catalog.ask(Duration::ZERO, commit).await? {
        Discarded::Committed(committed) => {
            // A scheduler finds that there is something to do, if nobody else is told.
            if let Err(cause) = submit(app, JobKind::Discard, committed.position.seq).await {
                tracing::warn!(%cause, "the job that works off a discard could not be submitted");
            }
            app.discards.acknowledged(committed).await;
        }
        Discarded::TooManyOpen => {
            return Err(Refused::unavailable("too many discards wait to be worked off"));
        }
    }
    if was_there { Ok(()) } else { Err(Refused::new(Code::NotFound, format!("{target} is not blocked"))) }
}
