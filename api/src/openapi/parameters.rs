//! imaginary's parameters: exactly the spellings that are accepted.

use imcaxy_shared::request::{Kind, Operation, Param};
use serde_json::json;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};

/// What Go's `strconv.ParseFloat` reads; nothing at all counts as absent.
const NUMBER: &str = "^([+-]?(([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|0[xX]_?[0-9a-fA-F_]*\\.?[0-9a-fA-F_]*[pP][+-]?[0-9]+\
                      |[iI][nN][fF]([iI][nN][iI][tT][yY])?)|[nN][aA][nN])?$";
/// Any case, but for `auto`.
const FORMAT: &str = "^(auto|[jJ][pP][eE][gG]|[pP][nN][gG]|[wW][eE][bB][pP]|[tT][iI][fF][fF])?$";
/// Three numbers or more: fewer crash imaginary.
const COLOUR: &str = "^([^,]*,[^,]*,.*)?$";
/// Go's spellings.
const FLAGS: [&str; 13] =
    ["", "true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"];

/// One parameter of an operation.
pub(super) fn of(operation: Operation, param: Param) -> Parameter {
    let required = if operation.requires(param) { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(param.name())
        .parameter_in(ParameterIn::Query)
        .required(required)
        .description(Some(meaning(param.kind())))
        .schema(Some(schema(param.kind())))
        .build()
}

fn schema(kind: Kind) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match kind {
        Kind::Whole => text.pattern(Some(NUMBER)).examples([json!("300")]),
        Kind::Real => text.pattern(Some(NUMBER)).examples([json!("0.5")]),
        Kind::Flag => text.enum_values(Some(FLAGS)),
        Kind::Format => text.pattern(Some(FORMAT)).examples([json!("webp")]),
        Kind::Colour => text.pattern(Some(COLOUR)).examples([json!("255,200,150")]),
        Kind::Link => text
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .pattern(Some("^([hH][tT][tT][pP][sS]?://[^@]+)?$")),
        Kind::Text | Kind::Colorspace | Kind::Gravity | Kind::Extend | Kind::Steps => text,
    }
}

fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Whole => "A number, rounded.",
        Kind::Real => "A number.",
        Kind::Flag => "True or false.",
        Kind::Text => "Text.",
        Kind::Format => "`jpeg`, `png`, `webp`, `tiff`, or `auto`: the first of `Accept` that is known.",
        Kind::Colour => "`R,G,B`, each from 0 to 255.",
        Kind::Colorspace => "`bw`; anything else is `srgb`.",
        Kind::Gravity => "`north`, `south`, `east`, `west` or `smart`; anything else is `centre`.",
        Kind::Extend => "`copy`, `black`, `white`, `background` or `lastpixel`; anything else is `mirror`.",
        Kind::Link => "A picture: an absolute http or https URL without credentials.",
        Kind::Steps => {
            "A JSON list of one to ten steps: `{\"operation\":…,\"ignore_failure\":…,\"params\":{…}}`."
        }
    }
}
