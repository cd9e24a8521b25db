//! Images: every operation with the parameters that it uses.

use imcaxy_shared::request::{Operation, Param};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, Header, Required, Response, Server};

use super::answers::{error, header};
use super::{get, parameters};

/// The heading of these calls.
pub(super) const TAG: &str = "images";

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
    let needs = operation.needs().map_or_else(String::new, |needs| format!(" Needs {needs}."));
    let description = format!(
        "imaginary's operation of that name.{needs} Unknown parameters are ignored; of a parameter that is given twice, the \
         first counts."
    );
    let call = OperationBuilder::new()
        .tag(TAG)
        .operation_id(Some(operation.name()))
        .summary(Some(format!("{operation} a picture")))
        .description(Some(description))
        .parameter(source());
    let call = SCHEMES.iter().fold(call, |call, (scheme, _)| call.security(needing(scheme)));
    // A server without `requests.keys` asks for none.
    let call = call.security(SecurityRequirement::default()).parameter(signature());
    let used = Param::ALL.iter().filter(|param| operation.uses(**param));
    let call = used.fold(call, |call, param| call.parameter(parameters::of(operation, *param)));
    answers(operation).into_iter().fold(call, |call, (status, answer)| call.response(status, answer))
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

fn answers(operation: Operation) -> Vec<(&'static str, Response)> {
    let refusals = [
        (
            "400",
            "The request is wrong: `bad_parameter`, `missing_url`, `local_file`, `bad_url`, `bad_operations`.",
        ),
        ("401", "The API key is missing or wrong: `bad_key`."),
        ("403", "Not allowed: `source_forbidden`, `origin_forbidden`, `bad_signature`."),
        ("404", "The source is not there: `source_gone`."),
        ("405", "`method_not_allowed`."),
        ("412", "`precondition_failed`."),
        ("413", "A limit: `source_too_large`, `too_many_pixels`, `too_many_frames`."),
        ("414", "`uri_too_long`."),
        ("415", "A known type that is not decoded: `unsupported_type`."),
        ("416", "`range_not_satisfiable`."),
        ("422", "No picture: `not_an_image`."),
        ("4XX", "imaginary refuses: `imaginary_refused`, with its status and message."),
        ("500", "Our fault: `internal`."),
        ("501", "Not here: `watermark_unreachable`."),
        ("502", "The other side failed: `source_failed`, `imaginary_failed`."),
        ("503", "Too much to do, or a store is away: `overloaded`, `unavailable`."),
        ("504", "The picture was not there in time: `deadline`."),
    ];
    let mut answers = vec![("200", picture(operation)), ("206", picture(operation)), ("304", not_modified())];
    answers.extend(refusals.map(|(status, when)| (status, error(status, when))));
    answers
}

fn picture(operation: Operation) -> Response {
    let answer = ResponseBuilder::new();
    let answer = if operation == Operation::Info {
        let schema =
            ObjectBuilder::new().description(Some("Size and type of the picture, as imaginary tells them."));
        answer.description("What the picture is.").content("application/json", Content::new(Some(schema)))
    } else {
        let bytes = || ObjectBuilder::new().content_media_type("application/octet-stream");
        PICTURES.into_iter().fold(answer.description("The picture."), |answer, media| {
            answer.content(media, Content::new(Some(bytes())))
        })
    };
    described(answer).build()
}

fn not_modified() -> Response {
    described(ResponseBuilder::new().description("The client has it already.")).build()
}

fn described(answer: ResponseBuilder) -> ResponseBuilder {
    headers().into_iter().fold(answer, |answer, (name, header)| answer.header(name, header))
}

fn headers() -> [(&'static str, Header); 6] {
    [
        ("ETag", header("Strong: of the bytes.")),
        ("Last-Modified", header("When it was rendered.")),
        ("Cache-Control", header("`cache.control`.")),
        ("Cache-Status", header("How the answer came about (RFC 9211).")),
        ("Cache-Tag", header("The sources, for purges of a CDN.")),
        ("X-Request-Id", header("Names this request in logs.")),
    ]
}
