//! The parameters of one operation: validated, defaults and unused ones left out.

use std::collections::BTreeMap;

use super::json::Json;
use super::param::{Kind, Param};
use super::reading::Reading;
use super::refusal::Refusal;
use super::source::SourceUrl;
use super::value::Value;
use super::{Operation, number, words};

/// What differs from imaginary's defaults and enters into the operation. A parameter that is not here is absent,
/// has its default, or does nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(BTreeMap<Param, Value>);

impl Params {
    /// An integer; 0 when absent. Beyond 2⁵³, and for infinities and NaN, it is `i64::MIN`: what imaginary makes
    /// of them on x86, where they count as given and act as no size.
    pub fn whole(&self, param: Param) -> i64 {
        match self.0.get(&param) {
            Some(Value::Whole(value)) => *value,
            Some(Value::Odd { .. }) => i64::MIN,
            _ => 0,
        }
    }

    /// A float; 0 when absent, NaN or infinite where it was given so.
    pub fn real(&self, param: Param) -> f64 {
        match self.0.get(&param) {
            Some(Value::Real(value)) => *value,
            Some(Value::Odd { text, .. }) => number::parse(text.as_bytes()).map_or(0.0, f64::abs),
            _ => 0.0,
        }
    }

    /// A bool; false when absent.
    pub fn flag(&self, param: Param) -> bool {
        matches!(self.0.get(&param), Some(Value::Flag(true)))
    }

    /// Words and free text.
    pub fn text(&self, param: Param) -> Option<&str> {
        match self.0.get(&param) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A colour; `None` when absent or black, which are the same to imaginary.
    pub fn colour(&self, param: Param) -> Option<[u8; 3]> {
        words::colour(self.text(param)?.as_bytes()).first_chunk().copied().filter(|colour| *colour != [0; 3])
    }

    /// The picture that `image` names.
    pub fn link(&self) -> Option<&SourceUrl> {
        match self.0.get(&Param::Image) {
            Some(Value::Link(url)) => Some(url),
            _ => None,
        }
    }

    /// Whether it is there; the only way to tell `nocrop=false` from nothing.
    pub fn has(&self, param: Param) -> bool {
        self.0.contains_key(&param)
    }

    /// Everything that is there, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Param, &Value)> {
        self.0.iter().map(|(param, value)| (*param, value))
    }

    pub(super) fn remove(&mut self, param: Param) {
        self.0.remove(&param);
    }

    /// Reads a query's parameters. The first value of a name counts.
    pub(super) fn from_query<'a>(
        operation: Operation,
        pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Self, Refusal> {
        let mut firsts = BTreeMap::new();
        for (name, value) in pairs {
            if let Some(param) = Param::from_name(name) {
                firsts.entry(param).or_insert(value);
            }
        }
        let mut params = Self::default();
        for (param, text) in firsts {
            // `operations` has refusals of its own and is read by the pipeline.
            if param.kind() != Kind::Steps {
                params.take(param, Reading::of_text(operation, param, text))?;
            }
        }
        Ok(params)
    }

    /// Reads the `params` of a pipeline step.
    pub(super) fn from_step(operation: Operation, given: &BTreeMap<String, Json>) -> Result<Self, Refusal> {
        let mut params = Self::default();
        for (name, json) in given {
            if let Some(param) = Param::from_name(name.as_bytes()) {
                params.take(param, Reading::of_json(operation, param, json))?;
            }
        }
        Ok(params)
    }

    fn take(&mut self, param: Param, reading: Reading) -> Result<(), Refusal> {
        match reading {
            Reading::Counts(value) => {
                self.0.insert(param, value);
                Ok(())
            }
            Reading::Default | Reading::NotRead => Ok(()),
            Reading::Refused(refusal) => Err(refusal),
        }
    }

    pub(super) fn set_text(&mut self, param: Param, text: &str) {
        self.0.insert(param, Value::Text(text.to_owned()));
    }
}
