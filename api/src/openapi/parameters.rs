//! imaginary's parameters: exactly the spellings that are accepted.

use imcaxy_shared::request::{Kind, Operation, Param};
use serde_json::json;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};

/// What Go's `strconv.ParseFloat` reads.
const NUMBER: &str = "[+-]?(([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|0[xX]_?[0-9a-fA-F_]*\\.?[0-9a-fA-F_]*[pP][+-]?[0-9]+\
                      |[iI][nN][fF]([iI][nN][iI][tT][yY])?)|[nN][aA][nN]";
/// Any case, but for `auto`.
const FORMAT: &str = "auto|[jJ][pP][eE][gG]|[pP][nN][gG]|[wW][eE][bB][pP]|[tT][iI][fF][fF]";
/// Three numbers or more: fewer crash imaginary.
const COLOUR: &str = "[^,]*,[^,]*,.*";
const LINK: &str = "[hH][tT][tT][pP][sS]?://[^@]+";
/// Less than two bytes are no steps.
const LEAST_STEPS: usize = 2;
const PIPELINE: &str = r#"[{"operation":"resize","params":{"width":300}},{"operation":"flip"}]"#;
/// Go's spellings.
const FLAGS: [&str; 13] =
    ["", "true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"];

/// One parameter of an operation.
pub(super) fn of(operation: Operation, param: Param) -> Parameter {
    let required = operation.requires(param);
    ParameterBuilder::new()
        .name(param.name())
        .parameter_in(ParameterIn::Query)
        .required(if required { Required::True } else { Required::False })
        .description(Some(meaning(param)))
        .schema(Some(schema(param.kind(), required)))
        .build()
}

/// Nothing at all counts as absent.
fn schema(kind: Kind, required: bool) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let absent = if required { "" } else { "?" };
    let spelled = |words: &str| Some(format!("^({words}){absent}$"));
    match kind {
        Kind::Whole => text.pattern(spelled(NUMBER)).examples([json!("300")]),
        Kind::Real => text.pattern(spelled(NUMBER)).examples([json!("0.5")]),
        Kind::Flag => text.enum_values(Some(FLAGS)),
        Kind::Format => text.pattern(spelled(FORMAT)).examples([json!("webp")]),
        Kind::Colour => text.pattern(spelled(COLOUR)).examples([json!("255,200,150")]),
        Kind::Link => text.format(Some(SchemaFormat::Custom("uri".to_owned()))).pattern(spelled(LINK)),
        Kind::Steps => text.min_length(Some(LEAST_STEPS)).examples([json!(PIPELINE)]),
        Kind::Text | Kind::Colorspace | Kind::Gravity | Kind::Extend => {
            text.min_length(required.then_some(1))
        }
    }
}

fn meaning(param: Param) -> &'static str {
    match (param, param.kind()) {
        (Param::AspectRatio, _) => "`W:H`, two whole numbers other than 0.",
        (Param::Color, _) => "`R,G,B` of the text, each from 0 to 255.",
        (Param::Font, _) => "Font and size of the text, such as `sans bold 12`.",
        (_, Kind::Whole) => "A number, rounded.",
        (_, Kind::Real) => "A number.",
        (_, Kind::Flag) => "True or false.",
        (_, Kind::Text) => "The text.",
        (_, Kind::Format) => "`jpeg`, `png`, `webp`, `tiff`, or `auto`: the first of `Accept` that is known.",
        (_, Kind::Colour) => "`R,G,B`, each from 0 to 255.",
        (_, Kind::Colorspace) => "`bw`; anything else is `srgb`.",
        (_, Kind::Gravity) => "`north`, `south`, `east`, `west` or `smart`; anything else is `centre`.",
        (_, Kind::Extend) => {
            "`copy`, `black`, `white`, `background` or `lastpixel`; anything else is `mirror`."
        }
        (_, Kind::Link) => "A picture: an absolute http or https URL without credentials.",
        (_, Kind::Steps) => {
            "A JSON list of one to ten steps: `{\"operation\":…,\"ignore_failure\":…,\"params\":{…}}`."
        }
    }
}
