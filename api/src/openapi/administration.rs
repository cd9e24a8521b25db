//! The administration, below `/api/v1`.

use serde_json::json;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Required};

use super::answers::{answer, error};
use super::get;
use super::schema::{integer, object, or_null, strings, text};

/// The heading of these calls, and what is true of all.
pub(super) const TAG: (&str, &str) = (
    "administration",
    "Every list is `{\"items\":[…],\"next_cursor\":…}`. Times are RFC 3339 in UTC, sizes bytes. A path that is no call is 404 \
     `not_found`.",
);
/// The name of the scheme of tokens.
const TOKEN: &str = "token";

/// How one says who is asking.
pub(super) fn security(mut components: Components) -> Components {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer
        .description(Some("A token of the administration, or where none is configured that of the run."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer.build()));
    components
}

/// The calls that have no page of their own.
pub(super) fn paths() -> impl Iterator<Item = (String, PathItem)> {
    [imaginaries(), in_flight(), settings()].into_iter()
}

fn imaginaries() -> (String, PathItem) {
    let item = ObjectBuilder::new()
        .property("url", text("Its base URL."))
        .property(
            "ok",
            ObjectBuilder::new().schema_type(Type::Boolean).description(Some("Whether it answers.")),
        )
        .property("error", or_null("Why it does not.", Type::String))
        .property("version", or_null("Its versions by name: imaginary, bimg, libvips.", Type::Object))
        .property("ms", integer("How long it took to answer, in milliseconds."));
    let item = ["url", "ok", "error", "version", "ms"].into_iter().fold(item, ObjectBuilder::required);
    let call = call("imaginary", "How each imaginary is, as this process sees it");
    get("/api/v1/imaginary", call.response("200", answer("All of them.", list(item))))
}

fn in_flight() -> (String, PathItem) {
    let item = [
        ("key", text("The cache key.")),
        ("operation", text("The operation.")),
        ("params", strings("Canonical parameters by name.")),
        ("url", text("The source.")),
        ("state", text("Where it stands.").enum_values(Some(["waiting", "running"]))),
        ("since", text("Since when, RFC 3339 in UTC.")),
        ("worker", or_null("Who renders it.", Type::String)),
        ("attempt", integer("How often it was taken.")),
        ("waiting", integer("Requests that wait for it.")),
    ];
    let required = item.iter().map(|(name, _)| *name).filter(|name| *name != "worker");
    let required: Vec<_> = required.collect();
    let item =
        item.into_iter().fold(ObjectBuilder::new(), |object, (name, schema)| object.property(name, schema));
    let item = required.into_iter().fold(item, |object, name| object.required(name));
    let call = call("in_flight", "What is being rendered now");
    let call = page().into_iter().fold(call, OperationBuilder::parameter);
    get("/api/v1/in-flight", call.response("200", answer("One page.", list(item))))
}

fn settings() -> (String, PathItem) {
    let setting = object([
        ("value", or_null("What it is, secrets masked; null where it is not set.", Type::String)),
        ("layer", text("Where it comes from.").enum_values(Some(["default", "file", "environment", "flag"]))),
        ("from", or_null("The file, the variable or the flag; null for a default.", Type::String)),
    ]);
    let all = ObjectBuilder::new()
        .description(Some("Each setting by its path."))
        .additional_properties(Some(AdditionalProperties::RefOr(setting.into())));
    let call = call("settings", "The settings that this process was started with");
    get("/api/v1/settings", call.response("200", answer("All of them.", object([("settings", all)]))))
}

/// A call that needs a token, and how it is refused.
pub(super) fn call(id: &str, summary: &str) -> OperationBuilder {
    let call = OperationBuilder::new().tag(TAG.0).operation_id(Some(id)).summary(Some(summary));
    let refusals: [(&str, &str, &[&str]); 7] = [
        ("400", "A parameter is unknown or wrong.", &["bad_parameter"]),
        ("401", "The token is missing or wrong.", &["unauthorized"]),
        ("403", "The token may do too little.", &["forbidden"]),
        ("404", "The administration is not answered here.", &["not_found"]),
        ("405", "The call has another method.", &["method_not_allowed"]),
        ("500", "Our fault.", &["internal"]),
        ("503", "A store is away.", &["unavailable"]),
    ];
    refusals
        .into_iter()
        .fold(call, |call, (status, when, codes)| call.response(status, error(status, when, codes)))
        .security(SecurityRequirement::new::<_, [&str; 0], &str>(TOKEN, []))
}

/// The query of a list whose cursors are the hex of any text.
pub(super) fn page() -> [Parameter; 2] {
    page_from("^([0-7][0-9a-fA-F])*$")
}

/// The query of a list whose cursors are such.
pub(super) fn page_from(cursors: &str) -> [Parameter; 2] {
    let limit =
        integer("Items in one answer.").minimum(Some(1)).maximum(Some(1000)).default(Some(json!(100)));
    let cursor = text("`next_cursor` of the page before.").pattern(Some(cursors));
    [query("limit", limit), query("cursor", cursor)]
}

pub(super) fn query(name: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .schema(Some(schema))
        .build()
}

/// One page of a list.
pub(super) fn list(item: ObjectBuilder) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(item))
        .property("next_cursor", or_null("Where the next page begins; null after the last.", Type::String))
        .required("items")
        .required("next_cursor")
}
