//! The parameters of one operation: validated, defaults and unused ones left out.

use std::collections::BTreeMap;

use super::json::Json;
use super::param::{Kind, Param};
use super::refusal::{Refusal, RefusalCode, shorten};
use super::source::SourceUrl;
use super::value::{self, Place, Unusable, Value};
use super::{Operation, number, usage};

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

    /// Reads a query's parameters. The first value of a name counts; a known parameter that does not parse is
    /// refused even where it is not used, as imaginary does.
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
                let read = value::from_text(param, text, Place::Query);
                params.take(operation, param, read, || shorten(text))?;
            }
        }
        Ok(params)
    }

    /// Reads the `params` of a pipeline step.
    pub(super) fn from_step(operation: Operation, given: &BTreeMap<String, Json>) -> Result<Self, Refusal> {
        let mut params = Self::default();
        for (name, json) in given {
            if let Some(param) = Param::from_name(name.as_bytes()) {
                params.take(operation, param, value::from_json(param, json), || json.shown())?;
            }
        }
        Ok(params)
    }

    fn take(
        &mut self,
        operation: Operation,
        param: Param,
        read: Result<Option<Value>, Unusable>,
        shown: impl Fn() -> String,
    ) -> Result<(), Refusal> {
        let used = usage::uses(operation, param);
        match read {
            Ok(Some(value)) if used && !is_default(param, &value) => {
                self.0.insert(param, value);
                Ok(())
            }
            Err(Unusable::Wrong(allowed)) => Err(wrong(param, &shown(), allowed)),
            Err(Unusable::Futile(allowed)) if used => Err(wrong(param, &shown(), allowed)),
            Err(Unusable::Link(problem)) if used => {
                Err(Refusal::new(RefusalCode::BadUrl, format!("{} {}: {problem}", param.name(), shown())))
            }
            Ok(_) | Err(Unusable::Futile(_) | Unusable::Link(_)) => Ok(()),
        }
    }

    pub(super) fn set_text(&mut self, param: Param, text: &str) {
        self.0.insert(param, Value::Text(text.to_owned()));
    }
}

fn wrong(param: Param, shown: &str, allowed: &str) -> Refusal {
    Refusal::new(RefusalCode::BadParameter, format!("{} is {shown}; allowed is {allowed}", param.name()))
}

/// `Quality` and `applyDefaults` in bimg's `options.go` and `resizer.go`.
fn is_default(param: Param, value: &Value) -> bool {
    matches!((param, value), (Param::Quality, Value::Whole(75)) | (Param::Compression, Value::Whole(6)))
}
