//! What a request would come to.

use imcaxy_shared::request::Outcome;
use utoipa::openapi::Required;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::administration::{self, query};
use super::answers::answer;
use super::get;
use super::schema::{flag, integer, object, or_absent, or_null, several, text};

/// What hyper takes for a path and a query.
const TARGET: &str = r#"^/[^\x00-\x20#<>?`\x7f]*(\?[^\x00-\x20\x22#<>\x7f]*)?(#[\s\S]*)?$"#;

/// The call.
pub(super) fn call() -> (String, PathItem) {
    let path = ParameterBuilder::new()
        .name("path")
        .parameter_in(ParameterIn::Query)
        .required(Required::True)
        .description(Some("Path and query of the request, as they would be sent, percent-encoded once more."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some(TARGET))));
    let call = administration::call(
        "explain",
        "What a request would come to, and why; nothing is changed or fetched",
    )
    .parameter(path)
    .parameter(query("accept", text("`Accept` of the request.")));
    get("/api/v1/explain", call.response("200", answer("What it would come to.", explanation())))
}

fn explanation() -> ObjectBuilder {
    object([
        ("operation", or_null("The operation that the path names.", Type::String)),
        ("canonical", or_null("The canonical form; null where the request is not understood.", Type::String)),
        ("key", or_null("The cache key; null likewise.", Type::String)),
        ("negotiates", flag("Whether the answer depends on `Accept`.")),
        ("refusal", or_absent("What it would be refused with, whatever its source is.", error())),
        ("look_up", or_absent("What a request would meet; null where it is not understood.", look_up())),
    ])
    .property(
        "parameters",
        several("Each parameter of the query, those of steps after their `operations`.", parameter()),
    )
    .required("parameters")
    .property("sources", several("The pictures that it is made from.", source()))
    .required("sources")
}

/// As every error is told.
fn error() -> ObjectBuilder {
    object([
        ("status", integer("The status of the answer.")),
        ("code", text("A word for programs.")),
        ("message", text("A sentence for people.")),
    ])
}

fn parameter() -> ObjectBuilder {
    let step = object([
        ("number", integer("Counted from 1.").minimum(Some(1))),
        ("operation", text("What it does.")),
    ]);
    object([
        ("step", or_absent("The step that it is for; null in the query itself.", step)),
        ("name", text("Its name.")),
        ("value", or_null("What was given; null where it is secret.", Type::String)),
        ("outcome", text("What it came to.").enum_values(Some(Outcome::NAMES))),
        ("canonical", or_null("What of it is in the canonical form.", Type::String)),
        ("why", text("The outcome in words.")),
    ])
}

fn source() -> ObjectBuilder {
    object([
        ("url", text("Its URL, as it enters the key.")),
        ("id", text("SHA-256 of that.")),
        ("tag", text("Its value of `Cache-Tag`.")),
        ("forbidden", or_null("Why pictures may not come from there; null where they may.", Type::String)),
    ])
}

fn look_up() -> ObjectBuilder {
    let verdicts = ["fresh", "stale", "refused", "miss", "unknown"];
    object([
        ("verdict", text("What a request would meet.").enum_values(Some(verdicts))),
        ("why", text("The same in words.")),
        (
            "ttl_ms",
            or_null("Time until the entry is stale, negative since; null where it is not.", Type::Integer),
        ),
        ("ledger", or_null("The position of the ledger.", Type::Integer)),
        ("entry", or_absent("The entry of the key.", entry())),
        ("failure", or_absent("How its last render failed, if that is remembered.", failure())),
    ])
}

fn entry() -> ObjectBuilder {
    let now = object([
        ("digest", or_null("SHA-256 of its bytes.", Type::String)),
        ("discarded", integer("The position of its newest discard.")),
        ("checked_at", or_null("When it was fetched or asked about last.", Type::String)),
        ("changed_at", or_null("When it was last found to have changed.", Type::String)),
    ]);
    let source = object([
        ("url", text("Its URL.")),
        ("id", text("SHA-256 of that.")),
        ("digest", text("SHA-256 of the bytes that the entry was made from.")),
        ("doubt", or_null("Why the entry does not count any more.", Type::String)),
        ("now", or_absent("What is known of it now.", now)),
    ]);
    object([
        ("object", text("Where its bytes are in the store.")),
        ("stamp", integer("The position of the ledger before its sources were fetched.")),
        ("content_type", text("`Content-Type` of the picture.")),
        ("size", integer("Bytes.")),
        ("etag", text("Its `ETag`.")),
        ("processor", text("What rendered it.")),
        ("renderer", or_null("The version of that.", Type::String)),
        ("created_at", text("When it was rendered, RFC 3339 in UTC.")),
        ("renewed_at", or_null("When its sources were last found unchanged.", Type::String)),
        ("render_ms", integer("How long that took, in milliseconds.")),
        ("in_memory", flag("Whether this process has its bytes in memory.")),
    ])
    .property("sources", several("What it was made from.", source))
    .required("sources")
}

fn failure() -> ObjectBuilder {
    object([
        ("stamp", integer("The position of the ledger before the failed fetch.")),
        ("at", text("When it failed, RFC 3339 in UTC.")),
        ("until", text("Until when it is answered instead of a render.")),
        ("in_a_row", integer("Its number among those that followed one another.")),
        ("error", error().description(Some("What is answered."))),
    ])
}
