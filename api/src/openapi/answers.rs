//! Answers that many calls share.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, Header, Ref, Response};

/// What every error is.
const ERROR: &str = "Error";

/// The schemas that answers refer to.
pub(super) fn components(mut components: Components) -> Components {
    let error = ObjectBuilder::new()
        .description(Some("Why there is not what was asked for."))
        .property("status", integer("The status of the answer.").minimum(Some(400)).maximum(Some(599)))
        .property("message", text("A sentence for people: what is wrong and what is allowed."))
        .property("code", text("A word for programs, such as `bad_parameter`.").pattern(Some("^[a-z_]+$")));
    let error = ["status", "message", "code"].iter().fold(error, |error, name| error.required(*name));
    components.schemas.insert(ERROR.to_owned(), error.into());
    components
}

/// An answer in JSON.
pub(super) fn answer(meaning: &str, schema: ObjectBuilder) -> Response {
    ResponseBuilder::new()
        .description(meaning)
        .content("application/json", Content::new(Some(schema)))
        .build()
}

/// An error, with the headers that its status brings along.
pub(super) fn error(status: &str, when: &str) -> Response {
    let answer = ResponseBuilder::new()
        .description(when)
        .content("application/json", Content::new(Some(Ref::from_schema_name(ERROR))));
    let answer = match status {
        "401" => answer.header("WWW-Authenticate", header("How to say who is asking.")),
        "405" => answer.header("Allow", header("What is allowed.")),
        "429" | "503" => answer.header("Retry-After", header("Seconds after which to ask again.")),
        _ => answer,
    };
    answer.build()
}

/// A header that holds text.
pub(super) fn header(meaning: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(meaning))
        .build()
}

pub(super) fn text(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(meaning))
}

pub(super) fn integer(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).description(Some(meaning))
}
