//! Images: every operation with the parameters that it uses.

use imcaxy_shared::request::{Operation, Param};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, Required, Response, Server};

use super::answers::{error, with_headers};
use super::{get, parameters};

/// The heading of these calls, and what is true of all.
pub(super) const TAG: (&str, &str) = (
    "images",
    "imaginary's operations with imaginary's parameters. Below `/imaginary` stand the same. Unknown parameters are ignored; of a \
     parameter that is given twice, the first counts. A path that is no operation is 404 `unknown_operation`.",
);

/// What imaginary writes; `svg` and others come out as one of these.
const PICTURES: [&str; 5] = ["image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif"];

/// Every operation.
pub(super) fn paths() -> impl Iterator<Item = (String, PathItem)> {
    Operation::ALL.into_iter().map(|operation| {
        let (path, mut item) = get(format!("/{operation}"), call(operation));
        item.servers = Some(["/", "/imaginary"].map(Server::new).to_vec());
        (path, item)
    })
}

fn call(operation: Operation) -> OperationBuilder {
    let call = OperationBuilder::new()
        .tag(TAG.0)
        .operation_id(Some(operation.name()))
        .summary(Some(summary(operation)))
        .description(operation.needs().map(|needs| format!("Needs {needs}.")))
        .parameter(source());
    let call = SCHEMES.iter().fold(call, |call, (scheme, _)| call.security(needing(scheme)));
    // A server without `requests.keys` asks for none.
    let call = call.security(SecurityRequirement::default()).parameter(signature());
    let used = Param::ALL.iter().filter(|param| operation.uses(**param));
    let call = used.fold(call, |call, param| call.parameter(parameters::of(operation, *param)));
    answers(operation).into_iter().fold(call, |call, (status, answer)| call.response(status, answer))
}

fn summary(operation: Operation) -> String {
    match operation {
        Operation::Info => "Tell size and type of a picture".to_owned(),
        Operation::Pipeline => "Several operations in a row".to_owned(),
        other => format!("imaginary's {other}"),
    }
}

/// The schemes of API keys, and where each puts the key.
const SCHEMES: [(&str, Place); 2] = [("API-Key", ApiKey::Header), ("key", ApiKey::Query)];

/// Where a request has its key.
type Place = fn(ApiKeyValue) -> ApiKey;

/// How a client says which key it has.
pub(super) fn security(mut components: Components) -> Components {
    for (name, place) in SCHEMES {
        let key = ApiKeyValue::with_description(name, "One of `requests.keys`, where there are some.");
        components.add_security_scheme(name, SecurityScheme::ApiKey(place(key)));
    }
    components
}

fn needing(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new::<_, [&str; 0], &str>(scheme, [])
}

fn signature() -> Parameter {
    ParameterBuilder::new()
        .name("sign")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("imaginary's signature of path and query, needed where there is a `signing.key`."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn source() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some("^[hH][tT][tT][pP][sS]?://[^@]+$"));
    ParameterBuilder::new()
        .name("url")
        .parameter_in(ParameterIn::Query)
        .required(Required::True)
        .description(Some("The picture: an absolute http or https URL without credentials."))
        .schema(Some(schema))
        .build()
}

/// Every way to be refused: status, when, and with which codes.
const REFUSALS: [(&str, &str, &[&str]); 17] = [
    (
        "400",
        "The request is wrong; the message names the parameter and what is allowed.",
        &["bad_parameter", "missing_url", "local_file", "bad_url", "bad_operations", REFUSED],
    ),
    ("401", "The API key is missing or wrong.", &["bad_key"]),
    ("403", "Not allowed.", &["source_forbidden", "source_blocked", "origin_forbidden", "bad_signature"]),
    ("404", "The source is not there.", &["source_gone", REFUSED]),
    ("405", "Pictures are asked for with GET and HEAD.", &["method_not_allowed"]),
    ("412", "The picture is not the one that the request is about.", &["precondition_failed"]),
    ("413", "A limit of sources.", &["source_too_large", "too_many_pixels", "too_many_frames", REFUSED]),
    ("414", "The request is too long.", &["uri_too_long"]),
    ("415", "A known type that is not decoded.", &["unsupported_type", REFUSED]),
    ("416", "The picture ends before the range begins.", &["range_not_satisfiable"]),
    ("422", "The source is no picture.", &["not_an_image", REFUSED]),
    ("4XX", "imaginary refuses, with this status and message.", &[REFUSED]),
    ("500", "Our fault.", &["internal"]),
    (
        "501",
        "The operation or a parameter is not to be had here, or imaginary cannot reach the worker.",
        &["not_implemented", "watermark_unreachable"],
    ),
    ("502", "The other side failed.", &["source_failed", "imaginary_failed"]),
    ("503", "There is too much to do, or a store is away.", &["overloaded", "unavailable"]),
    ("504", "The picture was not there in time.", &["deadline"]),
];

/// imaginary has a status of its own for each thing that it does not like.
const REFUSED: &str = "imaginary_refused";

/// What every picture comes with, a 304 too.
const HEADERS: [(&str, &str); 11] = [
    ("ETag", "Strong: of the bytes."),
    ("Last-Modified", "When it was rendered."),
    (
        "Cache-Control",
        "`cache.control`; `no-cache` if it is stale or its source unsteady, `private, no-store` if it is not kept.",
    ),
    ("Cache-Status", "How the answer came about (RFC 9211)."),
    ("Cache-Tag", "The sources, for purges of a CDN."),
    ("Accept-Ranges", "`bytes`."),
    ("Server-Timing", "What the parts of the answer took."),
    ("X-Content-Type-Options", "`nosniff`."),
    ("Content-Security-Policy", "`default-src 'none'; sandbox`."),
    ("Cross-Origin-Resource-Policy", "`cross-origin`."),
    ("X-Request-Id", "Names this request in logs."),
];

fn answers(operation: Operation) -> Vec<(&'static str, Response)> {
    let length = || with_headers(picture(operation), [("Content-Length", "How many bytes follow.")]);
    let range = [("Content-Range", "Which bytes follow, and how many there are.")];
    let not_modified = ResponseBuilder::new().description("The client has it already.");
    let mut answers = vec![
        ("200", with_headers(length(), HEADERS).build()),
        ("206", with_headers(with_headers(length(), range), HEADERS).build()),
        ("304", with_headers(not_modified, HEADERS).build()),
    ];
    answers.extend(REFUSALS.map(|(status, when, codes)| (status, error(status, when, codes))));
    answers
}

fn picture(operation: Operation) -> ResponseBuilder {
    let answer = ResponseBuilder::new();
    if operation == Operation::Info {
        let schema =
            ObjectBuilder::new().description(Some("Size and type of the picture, as imaginary tells them."));
        return answer
            .description("What the picture is.")
            .content("application/json", Content::new(Some(schema)));
    }
    let bytes = || ObjectBuilder::new().content_media_type("application/octet-stream");
    PICTURES.into_iter().fold(answer.description("The picture."), |answer, media| {
        answer.content(media, Content::new(Some(bytes())))
    })
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::entry::FailureCode as Failed;
    use imcaxy_shared::request::RefusalCode as Bad;

    use super::*;
    use crate::error::Code;

    #[test]
    fn every_code_of_a_picture_is_named_under_its_status() {
        let asked = [Bad::BadParameter, Bad::MissingUrl, Bad::LocalFile, Bad::BadUrl, Bad::BadOperations];
        let rendered = [
            Failed::SourceForbidden,
            Failed::SourceGone,
            Failed::SourceTooLarge,
            Failed::TooManyPixels,
            Failed::TooManyFrames,
            Failed::UnsupportedType,
            Failed::NotAnImage,
            Failed::BadParameter,
            Failed::ImaginaryRefused(400),
            Failed::ImaginaryRefused(404),
            Failed::ImaginaryRefused(422),
            Failed::SourceFailed,
            Failed::ImaginaryFailed,
            Failed::NotImplemented,
            Failed::WatermarkUnreachable,
            Failed::Unavailable,
            Failed::Internal,
        ];
        let served = [
            Code::MethodNotAllowed,
            Code::UriTooLong,
            Code::PreconditionFailed,
            Code::RangeNotSatisfiable,
            Code::Deadline,
            Code::Unavailable,
            Code::Overloaded,
            Code::BadKey,
            Code::OriginForbidden,
            Code::BadSignature,
        ];
        let codes = asked.map(Code::Request).into_iter().chain(rendered.map(Code::Job)).chain(served);
        for code in codes {
            let (status, name) = code.status_and_name();
            let found = REFUSALS.iter().find(|(of, _, _)| *of == status.as_str());
            assert!(found.is_some_and(|(_, _, codes)| codes.contains(&name)), "{status} {name}");
        }
    }
}
