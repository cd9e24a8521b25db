//! What there is: sources and variants.

use imcaxy_shared::entry::SourceState;
use imcaxy_shared::ports::{SourceOrder, VariantOrder};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Required, Response};

use super::administration::{call, list, page_from, query};
use super::answers::{answer, error};
use super::get;
use super::schema::{integer, object, or_null, several, strings, text};

/// What `q` may be.
const LOOKED_FOR: &str = "^(https?://[ -~]*|host:[ -~]+|tag:src-[0-9a-f]{16})?$";
/// Ranks in hex: a number or a hyphen, a full stop and an id.
const RANKS: &str = "^(2[dD]|(2[bBdD])?(3[0-9]){1,18})2[eE]([0-7][0-9a-fA-F])*$";

/// The calls.
pub(super) fn paths() -> impl Iterator<Item = (String, PathItem)> {
    [sources(), one(), variants()].into_iter()
}

fn sources() -> (String, PathItem) {
    let q = text(
        "Which: the beginning of a URL, `host:H`, or `tag:T` with a value of `Cache-Tag`; nothing at all is every source.",
    );
    let states = SourceState::ALL.map(SourceState::name);
    let call = call("sources", "The sources that are known, the most used first")
        .parameter(query("q", q.pattern(Some(LOOKED_FOR))))
        .parameter(query(
            "state",
            text(
                "Only those in this state. Pages may hold fewer items than `limit` then, though more follow.",
            )
            .enum_values(Some(states)),
        ))
        .parameter(sort(SourceOrder::ALL.map(SourceOrder::name)));
    let call = page_from(RANKS).into_iter().fold(call, OperationBuilder::parameter);
    get("/api/v1/sources", call.response("200", answer("One page.", list(source()))))
}

fn one() -> (String, PathItem) {
    let event = object([
        ("what", text("What happened.").enum_values(Some(["change", "absence", "check", "discard"]))),
        ("at", text("When, RFC 3339 in UTC.")),
    ]);
    let day = object([("day", text("The day in UTC.")), ("uses", integer("Uses on it."))]);
    let source = source()
        .property("history", several("What is remembered of it, the latest first.", event))
        .required("history")
        .property("uses_by_day", several("Its uses on each day that had some, the earliest first.", day))
        .required("uses_by_day");
    let call = call("source", "What is known of one source")
        .parameter(url())
        .response("404", unknown())
        .response("200", answer("All of it.", source));
    get("/api/v1/sources/one", call)
}

fn variants() -> (String, PathItem) {
    let item = object([
        ("key", text("The cache key.")),
        ("operation", text("The operation.")),
        ("params", strings("Canonical parameters by name.")),
        ("content_type", text("`Content-Type` of the picture.")),
        ("size", integer("Bytes.")),
        ("uses", integer(USES)),
        ("last_used_at", or_null("When it was used last, RFC 3339 in UTC.", Type::String)),
        ("created_at", text("When it was rendered.")),
        ("render_ms", integer("How long that took, in milliseconds.")),
    ]);
    let call = call("variants", "What was made of a source, the most used first")
        .parameter(url())
        .parameter(sort(VariantOrder::ALL.map(VariantOrder::name)))
        .response("404", unknown());
    let call = page_from(RANKS).into_iter().fold(call, OperationBuilder::parameter);
    get("/api/v1/variants", call.response("200", answer("One page.", list(item))))
}

/// What is counted.
const USES: &str = "Answers with 200, 206 or 304, to GET and HEAD, the one that caused the render included; written down each \
                    `stats.flush`.";

fn source() -> ObjectBuilder {
    object([
        ("url", text("Its URL, as it enters keys.")),
        ("host", text("Its host.")),
        ("state", text("How it is.").enum_values(Some(SourceState::ALL.map(SourceState::name)))),
        ("variants", integer("Entries that name it.")),
        ("bytes", integer("What these take together.")),
        ("uses", integer(USES)),
        ("last_used_at", or_null("When it was used last, RFC 3339 in UTC.", Type::String)),
        ("checked_at", or_null("When it was fetched or asked about last.", Type::String)),
        ("changed_at", or_null("When it was last found to have changed.", Type::String)),
        (
            "next_check_at",
            or_null("When its origin will be asked again; null where it will not.", Type::String),
        ),
    ])
}

fn unknown() -> Response {
    error("404", "No such source is known, or the administration is not answered here.", &["not_found"])
}

fn url() -> Parameter {
    ParameterBuilder::new()
        .name("url")
        .parameter_in(ParameterIn::Query)
        .required(Required::True)
        .description(Some(
            "The URL of the source, as in requests for pictures, with percent-escapes or without.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn sort<const N: usize>(orders: [&'static str; N]) -> Parameter {
    let by = text("What the greatest of comes first.").enum_values(Some(orders));
    query("sort", by.default(Some("uses".into())))
}
