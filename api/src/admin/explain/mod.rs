//! `GET /explain?path=`: what a request would come to, and why. It changes nothing and asks no origin.

mod known;
mod why;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::Uri;
use imcaxy_shared::entry::SourceRef;
use imcaxy_shared::request::{Explained, Explanation, ImageRequest, SourceUrl};
use serde::Deserialize;
use serde_json::{Value, json};

use super::query;
use crate::error::Refused;
use crate::front::Front;
use crate::parse::{admit, asked};
use crate::serve;
use crate::{App, Rules};

/// The request that is to be explained.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Path and query, as they would be sent.
    path: String,
    /// Its `Accept`.
    accept: Option<String>,
}

pub(super) async fn explain(
    State(front): State<Front>,
    question: Result<Query<Question>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let Question { path, accept } = query::read(question, "path and accept")?;
    let target = target(&path)?;
    Ok(Json(told(front.app()?, &target, accept.as_deref()).await))
}

/// A path and query as a request line has them.
fn target(path: &str) -> Result<Uri, Refused> {
    let wrong = || {
        query::wrong(
            "path is no path of a request; a path that begins with /, and a query, both percent-encoded, are allowed",
        )
    };
    let target: Uri = path.parse().map_err(|_| wrong())?;
    if path.starts_with('/') && target.authority().is_none() { Ok(target) } else { Err(wrong()) }
}

async fn told(app: &Arc<App>, target: &Uri, accept: Option<&str>) -> Value {
    let rules = &app.rules;
    let query = target.query().unwrap_or_default();
    let Explanation { operation, parameters, request } =
        Explanation::of(target.path(), query, accept, &rules.ignored);
    // In the order in which a request is refused.
    let understood = || match &request {
        Ok(image) => admit(rules, image).err(),
        Err(refusal) => Some(refusal.clone().into()),
    };
    let refused = rules.gate.admit_target(target).err().or_else(understood);
    let image = request.ok();
    let asked = image.as_ref().map(|image| asked(rules, image));
    let (look_up, admitted) = match &asked {
        Some(asked) => {
            let lacks = rules.processor.lacks(asked);
            let (look_up, made) = known::look_up(app, asked, lacks.as_ref()).await;
            // As that look-up knows it.
            let admitted = serve::admit(app, asked).and(made);
            (look_up, admitted.and(lacks.map_or(Ok(()), |failure| Err(failure.into()))))
        }
        None => (Value::Null, Ok(())),
    };
    let refused = refused.or(admitted.err());
    json!({
        "operation": operation,
        "canonical": image.as_ref().map(|image| image.canonical(&rules.ignored).text()),
        "key": asked.as_ref().map(|asked| &asked.key),
        "negotiates": image.as_ref().is_some_and(ImageRequest::negotiates),
        "parameters": parameters.iter().map(parameter).collect::<Vec<_>>(),
        "sources": image.iter().flat_map(|image| sources(image, rules)).collect::<Vec<_>>(),
        "refusal": refused.as_ref().map(Refused::told),
        "look_up": look_up,
    })
}

fn parameter(explained: &Explained) -> Value {
    let step = explained.step.map(|step| json!({ "number": step.number, "operation": step.operation }));
    json!({
        "step": step,
        "name": explained.name,
        "value": explained.value,
        "outcome": explained.outcome.name(),
        "canonical": explained.outcome.canonical(),
        "why": explained.why,
    })
}

fn sources(image: &ImageRequest, rules: &Rules) -> Vec<Value> {
    let source = |url: &&SourceUrl| {
        let SourceRef { id, url: identity } = SourceRef::of(url, &rules.ignored);
        json!({ "url": identity, "id": id, "tag": id.tag().as_str(), "forbidden": rules.admit(url).err() })
    };
    image.sources().iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_request_line_can_hold_is_explained() {
        for (path, is_one) in [
            ("/resize?width=3&url=http://h/a?b", true),
            ("/", true),
            ("//h/resize", true),
            ("resize?width=3", false),
            ("http://h/resize", false),
            ("/resize?text=a b", false),
            ("", false),
            ("*", false),
        ] {
            assert_eq!(target(path).is_ok(), is_one, "{path}");
        }
    }
}
