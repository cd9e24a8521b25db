//! What was found, for people and for programs.

use std::fmt::Write as _;

use imcaxy_shared::finding::{Finding, Verdict};
use serde_json::{Value, json};

/// What is looked at, and what was found there.
pub(super) struct Part {
    name: String,
    findings: Vec<Finding>,
}

/// Everything that was found.
pub(super) struct Report(Vec<Part>);

impl Part {
    pub(super) fn new(name: impl Into<String>, findings: Vec<Finding>) -> Self {
        Self { name: name.into(), findings }
    }
}

impl Report {
    pub(super) fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// How many things do not work.
    pub(super) fn failures(&self) -> usize {
        self.count(Verdict::Fail)
    }

    /// A paragraph a part, a line a finding, and below it what is to be done.
    pub(super) fn text(&self) -> String {
        let names = self.0.iter().flat_map(|part| &part.findings).map(|finding| finding.name.len());
        let width = names.max().unwrap_or_default();
        let mut text = String::new();
        for part in self.0.iter().filter(|part| !part.findings.is_empty()) {
            let _ = writeln!(text, "{}", part.name);
            for Finding { name, verdict, found, advice } in &part.findings {
                let _ = writeln!(text, "  {verdict:<4}  {name:<width$}  {found}");
                if let Some(advice) = advice {
                    let _ = writeln!(text, "{:<8}→ {advice}", "");
                }
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    /// One list: `{ok, failures, warnings, findings: [{part, name, verdict, found, advice}]}`.
    pub(super) fn json(&self) -> Value {
        let findings = self.0.iter().flat_map(|part| {
            part.findings.iter().map(|Finding { name, verdict, found, advice }| {
                json!({ "part": part.name, "name": name, "verdict": verdict, "found": found, "advice": advice })
            })
        });
        json!({
            "ok": self.failures() == 0,
            "failures": self.failures(),
            "warnings": self.count(Verdict::Warn),
            "findings": findings.collect::<Vec<_>>(),
        })
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.iter().flat_map(|part| &part.findings).filter(|finding| finding.verdict == verdict).count()
    }

    fn summary(&self) -> String {
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        match (self.failures(), self.count(Verdict::Warn)) {
            (0, 0) => "nothing is wrong".to_owned(),
            (0, warnings) => format!("it works, with {}", counted(warnings, "warning")),
            (failures, warnings) => {
                format!("{}, {}", counted(failures, "failure"), counted(warnings, "warning"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let redis = vec![
            Finding::ok("version", "Redis 7.0.15"),
            Finding::fail("eviction policy", "allkeys-lru", "change it"),
        ];
        Report::new(vec![
            Part::new("redis", redis),
            Part::new("mongodb", vec![Finding::warn("clock", "not told", "look")]),
        ])
    }

    #[test]
    fn people_read_a_line_a_finding_and_what_to_do() {
        let expected = "redis\n  \
                          ok    version          Redis 7.0.15\n  \
                          fail  eviction policy  allkeys-lru\n        \
                                → change it\n\n\
                        mongodb\n  \
                          warn  clock            not told\n        \
                                → look\n\n\
                        1 failure, 1 warning\n";
        assert_eq!(report().text(), expected);
    }

    #[test]
    fn programs_read_one_list() {
        let told = report().json();
        assert_eq!(
            (&told["ok"], &told["failures"], &told["warnings"]),
            (&json!(false), &json!(1), &json!(1))
        );
        let policy = json!({
            "part": "redis", "name": "eviction policy", "verdict": "fail", "found": "allkeys-lru", "advice": "change it",
        });
        assert_eq!(told["findings"][1], policy);
        assert_eq!(told["findings"][0]["advice"], Value::Null);
    }

    #[test]
    fn the_last_line_says_how_it_is() {
        let of = |findings| Report::new(vec![Part::new("redis", findings)]).summary();
        assert_eq!(of(vec![]), "nothing is wrong");
        assert_eq!(of(vec![Finding::warn("a", "b", "c")]), "it works, with 1 warning");
        assert_eq!(
            of(vec![Finding::fail("a", "b", "c"), Finding::fail("a", "b", "c")]),
            "2 failures, 0 warnings"
        );
    }
}
