//! The calls of the document, as far as the page tells of them.

use serde_json::Value;

use super::read::{at, items, members, text};
use super::{schema, spelled};

/// The methods that the page tells of.
const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];

/// A call.
pub(super) struct Call<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub tag: &'a str,
    pub meaning: String,
    pub parameters: Vec<Parameter<'a>>,
    /// The fields of what is sent, as rows of a table; none where nothing is.
    pub body: Vec<String>,
    pub answers: Vec<Answer<'a>>,
}

/// One of its parameters.
pub(super) struct Parameter<'a> {
    pub name: &'a str,
    pub meaning: &'a str,
    required: bool,
    schema: &'a Value,
}

/// One of its answers.
#[derive(PartialEq)]
pub(super) struct Answer<'a> {
    pub status: &'a str,
    pub meaning: &'a str,
    told: &'a Value,
}

/// Every call of the document, in its order.
pub(super) fn calls(document: &Value) -> Vec<Call<'_>> {
    let paths = members(document, "/paths");
    paths.flat_map(|(path, item)| METHODS.iter().filter_map(move |method| call(method, path, item))).collect()
}

fn call<'a>(method: &'static str, path: &'a str, item: &'a Value) -> Option<Call<'a>> {
    let call = item.get(method.to_lowercase())?;
    let (summary, more) = (text(call, "/summary"), text(call, "/description"));
    let answers = members(call, "/responses");
    Some(Call {
        method,
        path,
        tag: text(call, "/tags/0"),
        meaning: format!("{summary}. {more}").trim_end().to_owned(),
        parameters: items(call, "/parameters").map(parameter).collect(),
        body: schema::fields(at(call, "/requestBody/content/application~1json/schema")),
        answers: answers
            .map(|(status, told)| Answer { status, meaning: text(told, "/description"), told })
            .collect(),
    })
}

fn parameter(parameter: &Value) -> Parameter<'_> {
    Parameter {
        name: text(parameter, "/name"),
        meaning: described(parameter),
        required: at(parameter, "/required") == true,
        schema: at(parameter, "/schema"),
    }
}

/// What it means, wherever that is written.
fn described(parameter: &Value) -> &str {
    at(parameter, "/description").as_str().unwrap_or_else(|| text(parameter, "/schema/description"))
}

impl Parameter<'_> {
    /// Its name, in bold where the call needs it.
    pub(super) fn name(&self) -> String {
        if self.required { format!("**`{}`**", self.name) } else { format!("`{}`", self.name) }
    }

    /// The values that it may have.
    pub(super) fn allowed(&self) -> String {
        schema::allowed(self.schema)
    }
}

impl<'a> Answer<'a> {
    /// The types of its body, and the codes where it is an error.
    pub(super) fn body(&self) -> String {
        let codes = self.body_in_json().map(schema::codes).unwrap_or_default();
        if codes.is_empty() { spelled(&self.media()) } else { spelled(&codes) }
    }

    /// The fields of a body in JSON, as rows of a table; none of an error, all of which have the same.
    pub(super) fn fields(&self) -> Vec<String> {
        self.body_in_json()
            .filter(|body| schema::codes(body).is_empty())
            .map(schema::fields)
            .unwrap_or_default()
    }

    /// The names of its headers.
    pub(super) fn headers(&self) -> Vec<&'a str> {
        self.meanings_of_headers().map(|(name, _)| name).collect()
    }

    /// What each header says.
    pub(super) fn meanings_of_headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let headers = members(self.told, "/headers");
        headers.map(|(name, header)| (name, text(header, "/description")))
    }

    fn media(&self) -> Vec<&'a str> {
        members(self.told, "/content").map(|(media, _)| media).collect()
    }

    fn body_in_json(&self) -> Option<&'a Value> {
        at(self.told, "/content").get("application/json").map(|content| at(content, "/schema"))
    }
}
