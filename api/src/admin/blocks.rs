//! `GET /blocks` and `DELETE /blocks`: what is refused from now on, and no more.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use imcaxy_shared::config::Scope;
use imcaxy_shared::discard::Discarded;
use imcaxy_shared::entry::{Block, BlockTarget, SourceRef};
use imcaxy_shared::ports::{BlockPage, BlockPlace};
use imcaxy_shared::request::{IgnoredQuery, SourceUrl};
use imcaxy_shared::told::cut;
use serde::Deserialize;
use serde_json::{Value, json};

use super::audit::About;
use super::commit::{PATIENCE, commit, no_room, submit_discard, tell_blocks};
use super::{Actor, list, query};
use crate::App;
use crate::error::{Code, Refused};
use crate::front::Front;

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
    page: Result<Query<list::Part>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let (limit, after) = list::Part::read::<BlockPlace>(page)?;
    let app = front.app()?;
    let page = app.stores.blocks.blocks(after.as_ref(), limit);
    let BlockPage { blocks, next } = app.catalog.ask(Duration::ZERO, page).await?;
    let items: Vec<Value> = blocks.iter().map(item).collect();
    Ok(Json(list::page(items, next.map(|next| next.to_string()).as_deref())))
}

fn item(Block { target, at, by }: &Block) -> Value {
    let named = |kind: &str| (target.kind() == kind).then(|| target.text());
    json!({ "url": named("url"), "prefix": named("prefix"), "host": named("host"), "at": at.rfc3339(), "by": by })
}

pub(super) async fn unblock(
    State(front): State<Front>,
    Extension(actor): Extension<Actor>,
    named: Result<Query<Named>, QueryRejection>,
) -> Response {
    let (app, target) = match read(&front, named) {
        Ok(read) => read,
        Err(refused) => return refused.into_response(),
    };
    let removed = match actor.may(Scope::Admin) {
        Ok(()) => remove(&app, &target).await,
        Err(refused) => Err(refused),
    };
    let mut answer = match removed {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => refused.into_response(),
    };
    answer.extensions_mut().insert(About(cut(target.to_string())));
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
            _ => Err(query::wrong("exactly one of url, prefix and host is needed, in the query")),
        }
    }
}

/// Removes a block, and returns when every replica knows. What was remembered of refusing it is discarded, after they were told: what
/// is refused by one who has not heard of it has a smaller stamp.
///
/// What a crash leaves after the block is removed: replicas that refuse it until the list is changed again or they are started anew. Removing
/// it once more tells them, though it is not there. After it was told: refusals that are remembered for a while.
async fn remove(app: &App, target: &BlockTarget) -> Result<(), Refused> {
    let removed = app.catalog.ask(PATIENCE, app.stores.blocks.unblock(target)).await?;
    let told = tell_blocks(app).await?;
    let Some(removed) = removed else {
        app.discards.acknowledged(told).await;
        return Err(Refused::new(Code::NotFound, format!("{target} is not blocked")));
    };
    match commit(app, &target.scopes()).await? {
        Discarded::Committed(committed) => {
            submit_discard(app, committed.position.seq).await;
            app.discards.acknowledged(committed).await;
            Ok(())
        }
        Discarded::TooManyOpen => {
            app.catalog.ask(PATIENCE, app.stores.blocks.block(&[removed])).await?;
            tell_blocks(app).await?;
            Err(no_room())
        }
    }
}
