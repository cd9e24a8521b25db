//! What a MongoDB tells about itself, and what it means for a catalog. Pure.

use mongodb::bson::Document;

use super::INDEXES;
use crate::finding::Finding;

/// The first whose single-document operations are all that the catalog needs.
const OLDEST: u32 = 5;

pub(super) fn version(told: Option<&str>) -> Finding {
    const NAME: &str = "version";
    let major = told.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    match (told, major) {
        (Some(version), Some(major)) if major < OLDEST => {
            Finding::fail(NAME, format!("MongoDB {version}"), "run MongoDB 5.0 or later")
        }
        (Some(version), Some(_)) => Finding::ok(NAME, format!("MongoDB {version}")),
        _ => Finding::warn(NAME, "not told", "make sure that it is MongoDB 5.0 or later"),
    }
}

/// Judges by what the server says it is, and by whether a linearizable read was refused.
pub(super) fn decisions(hello: &Document, refused: Option<&str>) -> Finding {
    const NAME: &str = "replica set";
    if let Some(said) = refused {
        let advice = "run MongoDB as a replica set (one node is enough: mongod --replSet, then rs.initiate()) whose majority is up: the \
                      ledger of discards is read linearizably";
        return Finding::fail(NAME, said, advice);
    }
    if let Ok(name) = hello.get_str("setName") {
        return Finding::ok(NAME, format!("{name}, with a primary that its majority confirms"));
    }
    if hello.get_str("msg").is_ok_and(|message| message == "isdbgrid") {
        return Finding::ok(NAME, "a sharded cluster");
    }
    let advice =
        "make sure that it is one: what a MongoDB alone has confirmed is lost when its machine crashes";
    Finding::warn(NAME, "linearizable reads are answered, and no replica set is told", advice)
}

/// Judges by the indexes that are not there, as `collection(field, field)`, and how many there should be.
pub(super) fn indexed((missing, all): &(Vec<String>, usize)) -> Finding {
    if missing.is_empty() {
        Finding::ok(INDEXES, format!("all {all}"))
    } else if missing.len() == *all {
        Finding::ok(INDEXES, "none yet: the first start creates them")
    } else {
        let advice = "start Imcaxy: it creates them, which on a large collection takes its time, and does not answer before";
        Finding::warn(INDEXES, format!("missing: {}", missing.join(", ")), advice)
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;
    use crate::finding::Verdict::{Fail, Ok, Warn};

    #[test]
    fn versions_from_5_on_will_do() {
        for (told, verdict) in [
            (Some("8.0.4"), Ok),
            (Some("5.0.0"), Ok),
            (Some("4.4.29"), Fail),
            (Some("x"), Warn),
            (None, Warn),
        ] {
            assert_eq!(version(told).verdict, verdict, "{told:?}");
        }
    }

    #[test]
    fn a_majority_is_needed_and_whoever_does_not_tell_is_not_accused() {
        for (hello, refused, verdict) in [
            (doc! { "setName": "rs0" }, None, Ok),
            (doc! { "msg": "isdbgrid" }, None, Ok),
            (doc! {}, None, Warn),
            (doc! {}, Some("not a replica set"), Fail),
            (doc! { "setName": "rs0" }, Some("no majority"), Fail),
        ] {
            assert_eq!(decisions(&hello, refused).verdict, verdict, "{hello} {refused:?}");
        }
    }

    #[test]
    fn indexes_may_be_missing_before_the_first_start_alone() {
        let missing = |count: usize| (vec!["entries(sources.id)".to_owned(); count], 3);
        for (count, verdict) in [(0, Ok), (1, Warn), (3, Ok)] {
            assert_eq!(indexed(&missing(count)).verdict, verdict, "{count}");
        }
    }
}
