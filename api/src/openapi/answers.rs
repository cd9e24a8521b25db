//! Answers that many calls share.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, Header, Ref, Response};

use super::schema::{integer, text};

/// What every error is.
const ERROR: &str = "Error";

/// What every error says.
const OF_ERRORS: [(&str, &str); 3] = [
    ("Cache-Control", "`no-store`."),
    ("Cache-Status", "What stood between the request and an answer (RFC 9211)."),
    ("X-Request-Id", "Names this request in logs."),
];

/// The schemas that answers refer to.
pub(super) fn components(mut components: Components) -> Components {
    let error = ObjectBuilder::new()
        .description(Some("Why there is not what was asked for."))
        .property("status", integer("The status of the answer.").minimum(Some(400)).maximum(Some(599)))
        .property("message", text("A sentence for people: what is wrong and what is allowed."))
        .property("code", text("A word for programs, such as `bad_parameter`."));
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

/// An error with one of these codes, and with the headers that its status brings along.
pub(super) fn error(status: &str, when: &str, codes: &[&str]) -> Response {
    let code = text("Which of them it is.").enum_values(Some(codes.iter().copied()));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name(ERROR))
        .item(ObjectBuilder::new().property("code", code));
    let answer =
        ResponseBuilder::new().description(when).content("application/json", Content::new(Some(schema)));
    let answer = with_headers(answer, OF_ERRORS);
    let answer = match status {
        "401" => answer.header("WWW-Authenticate", header("How to say who is asking.")),
        "405" => answer.header("Allow", header("What is allowed.")),
        "416" => answer.header("Content-Range", header("How many bytes there are.")),
        "429" | "503" => answer.header("Retry-After", header("Seconds after which to ask again.")),
        _ => answer,
    };
    answer.build()
}

/// The same answer with these headers, by what they mean.
pub(super) fn with_headers<const N: usize>(
    answer: ResponseBuilder,
    headers: [(&str, &str); N],
) -> ResponseBuilder {
    headers.into_iter().fold(answer, |answer, (name, meaning)| answer.header(name, header(meaning)))
}

/// A header that holds text. Those that are in the document are always there, which the crate has no field for.
pub(super) fn header(meaning: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(meaning))
        .extensions(Some([("required", true)].into_iter().collect()))
        .build()
}
