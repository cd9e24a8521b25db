//! The samples.

use imcaxy_shared::samples::Sample;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{Content, Required, Response};

use super::answers::{error, with_headers};
use super::get;
use super::schema::text;

/// The heading of this call, and what is true of it.
pub(super) const TAG: (&str, &str) = (
    "samples",
    "Pictures that the program draws by itself, where it runs alone: without Redis, MongoDB and S3. Whoever asks is answered. As `url` or \
     `image` of a request they are recognised by the loopback address and port on which this very process listens, and fetched from nobody.",
);
/// Where they are.
pub(super) const PATH: &str = "/samples/{name}.jpg";

/// What each comes with, a 304 too.
const HEADERS: [(&str, &str); 8] = [
    ("ETag", "Strong: of the bytes."),
    ("Cache-Control", "`no-cache`."),
    ("Cache-Status", "How the answer came about (RFC 9211)."),
    ("Accept-Ranges", "`bytes`."),
    ("X-Content-Type-Options", "`nosniff`."),
    ("Content-Security-Policy", "`default-src 'none'; sandbox`."),
    ("Cross-Origin-Resource-Policy", "`cross-origin`."),
    ("X-Request-Id", "Names this request in logs."),
];

/// The call.
pub(super) fn call() -> (String, PathItem) {
    let name = ParameterBuilder::new()
        .name("name")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(text("Which one.").enum_values(Some(Sample::ALL.map(Sample::name)))));
    let call = OperationBuilder::new()
        .tag(TAG.0)
        .operation_id(Some("sample"))
        .summary(Some("A picture to begin with"))
        .parameter(name);
    get(PATH, answers().into_iter().fold(call, |call, (status, answer)| call.response(status, answer)))
}

fn answers() -> [(&'static str, Response); 8] {
    let picture = || {
        let bytes = ObjectBuilder::new().content_media_type("application/octet-stream");
        let content = Content::new(Some(bytes));
        let picture = ResponseBuilder::new().description("The picture.").content("image/jpeg", content);
        with_headers(picture, [("Content-Length", "How many bytes follow.")])
    };
    let range = [("Content-Range", "Which bytes follow, and how many there are.")];
    let not_modified = ResponseBuilder::new().description("The client has it already.");
    [
        ("200", with_headers(picture(), HEADERS).build()),
        ("206", with_headers(with_headers(picture(), range), HEADERS).build()),
        ("304", with_headers(not_modified, HEADERS).build()),
        ("404", error("404", "There is no such sample, or the process does not run alone.", &["not_found"])),
        ("405", error("405", "It is asked with GET and HEAD.", &["method_not_allowed"])),
        (
            "412",
            error("412", "The picture is not the one that the request is about.", &["precondition_failed"]),
        ),
        ("416", error("416", "The picture ends before the range begins.", &["range_not_satisfiable"])),
        ("500", error("500", "Our fault.", &["internal"])),
    ]
}
