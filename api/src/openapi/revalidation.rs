//! Revalidating, and what was written down of it.

use imcaxy_shared::ports::{AuditLine, Failures, Mode, Revalidation, RevalidationState};
use serde_json::json;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Content, HttpMethod, Required};

use super::administration::{call, list, page, page_from, query};
use super::answers::{answer, error};
use super::get;
use super::schema::{flag, integer, object, or_null, several, text};
use crate::admin::{LONGEST_WAIT, MOST_URLS};

/// The hex of a [`Moment`](imcaxy_shared::ports::Moment): where pages of lists begin that are ordered by time.
const MOMENTS: &str = "^(3[0-9]){1,15}2e([0-7][0-9a-fA-F])*$";

/// The calls.
pub(super) fn calls() -> impl Iterator<Item = (String, PathItem)> {
    [revalidate(), revalidations(), revalidation(), blocks(), audit()].into_iter()
}

fn revalidate() -> (String, PathItem) {
    let call = call(
        "revalidate",
        "Checks, discards or renders again what was made of some sources: what is said in a body or in the query",
    )
    .description(Some(
        "With mode `discard` the answer is the acknowledgement: a request that begins after it is never answered with what was made before, by no \
         replica. With mode `check` the finished report is, for what was discarded. A token needs the scope `revalidate`, without a selection `purge_all`, and to block `admin`.",
    ));
    let call = members().into_iter().fold(call, |call, (name, schema)| call.parameter(query(name, schema)));
    let urls =
        ArrayBuilder::new().items(text("A URL.")).description(Some("Sources, each a parameter of its own."));
    let call = call.parameter(
        ParameterBuilder::new()
            .name("urls")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .schema(Some(urls)),
    );
    let call = call
        .request_body(Some(
            RequestBodyBuilder::new().content("application/json", Content::new(Some(body()))).build(),
        ))
        .response("200", answer("It was done within `wait`.", report()))
        .response("202", answer("It was begun; with mode `discard` it is acknowledged.", begun()))
        .response("409", error("409", "As many blocks are there as may be.", &["conflict"]))
        .response(
            "503",
            error(
                "503",
                "A store is away, or discards that are not worked off leave no room.",
                &["unavailable"],
            ),
        );
    ("/api/v1/revalidate".to_owned(), PathItem::new(HttpMethod::Post, call))
}

/// What both body and query may say.
fn members() -> Vec<(&'static str, ObjectBuilder)> {
    let (modes, longest) = (Mode::ALL.map(Mode::name), LONGEST_WAIT as f64);
    vec![
        (
            "url",
            text(
                "One source, whether its URL is written with percent-escapes or without; what is blocked, in every spelling.",
            ),
        ),
        ("prefix", text("Every source below a URL: whole host, path at a segment boundary.")),
        ("host", text("Every source on a host, named whole.")),
        ("tag", text("Every source with this value of `Cache-Tag`.").pattern(Some("^src-[0-9a-f]{16}$"))),
        ("mode", text("What is done about them.").enum_values(Some(modes)).default(Some(json!("check")))),
        (
            "block",
            flag(
                "They are discarded, whatever the mode, and refused from now on; needs url, urls, prefix or host.",
            ),
        ),
        ("dry_run", flag("They are only counted.")),
        ("wait", integer("Seconds for which the end is waited for.").minimum(Some(0)).maximum(Some(longest))),
    ]
}

fn body() -> ObjectBuilder {
    let body = ObjectBuilder::new()
        .description(Some("One of url, urls, prefix, host and tag; none of them is everything."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let body = members().into_iter().fold(body, |body, (name, schema)| body.property(name, schema));
    let urls = ArrayBuilder::new().items(text("A URL.")).min_items(Some(1)).max_items(Some(MOST_URLS));
    body.property("urls", urls.description(Some("Sources.")))
}

fn begun() -> ObjectBuilder {
    let matched = object([
        ("sources", integer("Sources that are known.")),
        ("variants", integer("Variants that were made of them.")),
        ("bytes", integer("What these take.")),
    ])
    .property("estimated", flag("Only there where these are estimates."));
    object([
        ("id", or_null("Its id; null of a dry run.", Type::String)),
        ("mode", text("What is done.").enum_values(Some(Mode::ALL.map(Mode::name)))),
        ("matched", matched.description(Some("What it is about."))),
    ])
}

fn report() -> ObjectBuilder {
    let most = Failures::MOST;
    let failed = object([
        ("url", text("The source, as `/sources` lists it; cut where it is long.")),
        ("cause", text("Why it failed, in words.")),
    ]);
    let meaning = format!(
        "The first {most} of the sources that `failed` counts, with mode `refresh` also of those that `gone` does."
    );
    let failures = several(&meaning, failed).max_items(Some(most));
    item().property("failures", failures).required("failures")
}

fn item() -> ObjectBuilder {
    object([
        ("id", text("Its id.")),
        ("mode", text("What is done.").enum_values(Some(Mode::ALL.map(Mode::name)))),
        ("scope", text("What it is about, in words.")),
        ("by", text("The name of the token.")),
        ("started_at", text("When it was asked, RFC 3339 in UTC.")),
        ("finished_at", or_null("When it was done or given up; null before.", Type::String)),
        (
            "state",
            text("How far it is.").enum_values(Some(RevalidationState::ALL.map(RevalidationState::name))),
        ),
        ("checked", integer("Sources whose origins were asked.")),
        ("changed", integer("Sources that had changed.")),
        (
            "gone",
            integer(
                "Sources that their origins do not have; until that was said often enough what is there of them is answered.",
            ),
        ),
        ("failed", integer("Sources whose origins did not answer, or cannot be asked.")),
        ("unchanged", integer("Sources that were as before.")),
        ("discarded", integer("Sources of which nothing counts any more that was made before.")),
    ])
}

fn revalidations() -> (String, PathItem) {
    let summary = format!(
        "What was asked to be revalidated in the last {} days, the last first",
        Revalidation::KEPT_DAYS
    );
    let call = call("revalidations", &summary);
    let call = page_from(MOMENTS).into_iter().fold(call, OperationBuilder::parameter);
    get("/api/v1/revalidations", call.response("200", answer("One page.", list(item()))))
}

fn revalidation() -> (String, PathItem) {
    let id: Parameter = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("What the call answered."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let call = call("revalidation", "What came of one revalidation")
        .response("404", error("404", "There is none of that id, or no administration here.", &["not_found"]))
        .parameter(id);
    get("/api/v1/revalidations/{id}", call.response("200", answer("What is known of it.", report())))
}

fn blocks() -> (String, PathItem) {
    let item = object([
        ("url", or_null("The source that is refused; null where it is another selection.", Type::String)),
        ("prefix", or_null("The URL below which all is refused; null likewise.", Type::String)),
        ("host", or_null("The host on which all is refused; null likewise.", Type::String)),
        ("at", text("Since when, RFC 3339 in UTC.")),
        ("by", text("The name of the token.")),
    ]);
    let listed = call("blocks", "What is refused, whatever else allows it");
    let listed = page().into_iter().fold(listed, OperationBuilder::parameter);
    let listed = listed.response("200", answer("One page.", list(item)));
    let removed = call("unblock", "Refuses something no more; one of url, prefix and host names it")
        .parameter(query("url", text("The source.")))
        .parameter(query("prefix", text("The URL below which all was refused.")))
        .parameter(query("host", text("The host on which all was refused.")))
        .response("204", ResponseBuilder::new().description("It is refused no more, by no replica.").build())
        .response(
            "503",
            error(
                "503",
                "A store is away, or discards that are not worked off leave no room.",
                &["unavailable"],
            ),
        )
        .response("404", error("404", "It is not blocked, or no administration is here.", &["not_found"]));
    let (path, mut item) = get("/api/v1/blocks", listed);
    item.delete = Some(removed.build());
    (path, item)
}

fn audit() -> (String, PathItem) {
    let line = object([
        ("at", text("When it was answered, RFC 3339 in UTC.")),
        ("actor", text("The name of the token.")),
        ("action", text("What was to be done, such as `revalidate`.")),
        ("scope", text("What it was about, in words; empty where the call was not understood.")),
        ("result", text("The status of the answer.")),
    ]);
    let summary = format!(
        "Who has changed what by the administration in the last {} days, the last first",
        AuditLine::KEPT_DAYS
    );
    let call = call("audit", &summary);
    let call = page_from(MOMENTS).into_iter().fold(call, OperationBuilder::parameter);
    get("/api/v1/audit", call.response("200", answer("One page.", list(line))))
}
