//! What tells of the process itself.

use utoipa::openapi::path::{OperationBuilder, PathItem};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};

use super::answers::{answer, error};
use super::get;
use super::schema::text;

/// The heading of these calls, and what is true of all.
pub(super) const TAG: (&str, &str) = ("process", "Whoever asks is answered.");

/// Every call.
pub(super) fn paths() -> impl Iterator<Item = (String, PathItem)> {
    let version = ObjectBuilder::new()
        .property("name", text("Always `imcaxy`."))
        .property("version", text("Its version."))
        .required("name")
        .required("version");
    let alive = || ObjectBuilder::new().property("status", text("Always `ok`.")).required("status");
    let ready = || {
        ObjectBuilder::new()
            .property("status", text("`ready`, `starting` or `draining`."))
            .property("degraded", ArrayBuilder::new().items(text("A store that is away.")))
            .required("status")
    };
    let calls = [
        ("/", "name", "What this is", answer("Name and version.", version)),
        ("/health", "health", "The process lives, as imaginary says it", answer("It lives.", alive())),
        ("/healthz", "healthz", "The process lives", answer("It lives.", alive())),
    ];
    let calls = calls.map(|(path, id, summary, answer)| get(path, call(id, summary).response("200", answer)));
    let readyz = call("readyz", "The process can answer")
        .response("200", answer("It can; stores that are away are named.", ready()))
        .response("503", answer("It has not reached its stores yet, or is about to end.", ready()));
    let document = ObjectBuilder::new().description(Some("An OpenAPI document."));
    let openapi = call("openapi", "This document").response("200", answer("The document.", document));
    calls.into_iter().chain([get("/readyz", readyz), get(super::PATH, openapi)])
}

fn call(id: &str, summary: &str) -> OperationBuilder {
    let wrong_method = error("405", "It is asked with GET and HEAD.", &["method_not_allowed"]);
    OperationBuilder::new()
        .tag(TAG.0)
        .operation_id(Some(id))
        .summary(Some(summary))
        .response("405", wrong_method)
}
