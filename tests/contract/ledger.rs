//! The ledger's document in MongoDB, as other versions and long lives leave it.

use std::future::ready;
use std::sync::Arc;

use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::config::Secret;
use imcaxy_shared::entry::{Ages, MOST_OPEN, Scope, Seq, Verdict, judge};
use imcaxy_shared::ports::{Appended, Catalog as _, DiscardLog as _, Walk, work_off};
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;
use mongodb::bson::{Document, doc};

use crate::remote::{servers, unique};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const URL: &str = "http://a.test/1.jpg";

/// A catalog whose ledger has these rules, written by somebody else.
async fn with_rules(rules: Vec<Document>) -> (MongoCatalog, mongodb::Collection<Document>) {
    let url = servers().mongodb_database(&unique());
    let catalog = MongoCatalog::open(&Secret::from(url.clone())).await.expect("a URL that is understood");
    catalog.prepare(1).await.expect("prepared");
    let client = mongodb::Client::with_uri_str(&url).await.expect("MongoDB");
    let ledger = client.default_database().expect("a database").collection("ledger");
    let seq = i64::try_from(rules.len()).expect("few rules");
    let written = doc! { "$set": { "rules": rules, "seq": seq } };
    ledger.update_one(doc! { "_id": "ledger" }, written).await.expect("written");
    (catalog, ledger)
}

fn closed(at: i64, url: &str) -> Document {
    let scope = doc! { "kind": "source", "id": build::source_ref(url).id.as_str() };
    doc! { "at": at, "below": at, "scope": scope, "open": false }
}

fn of_a_newer_version(at: i64) -> Document {
    let scope = doc! { "kind": "colour", "id": "red" };
    doc! { "at": at, "below": at, "scope": scope, "open": true, "tag": "spring" }
}

async fn discard(catalog: &MongoCatalog, url: &str) -> Seq {
    let scope = Scope::Source(build::source_ref(url).id);
    match catalog.append(&[scope], MOST_OPEN).await.expect("an answer") {
        Appended::At(position) => {
            catalog.close(&[position.seq]).await.expect("closed");
            position.seq
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_oldest_closed_rules_are_dropped_when_there_are_too_many() {
    let mut rules: Vec<Document> = (1..=1_001).map(|at| closed(at, URL)).collect();
    rules.get_mut(0).expect("a rule").insert("open", true);
    let (catalog, _) = with_rules(rules).await;
    let full = Arc::new(catalog.ledger().await.expect("a ledger"));
    discard(&catalog, URL).await;
    assert_eq!(catalog.ledger().await.expect("a ledger").trims, 0, "a thousand closed ones are kept");
    let last = discard(&catalog, URL).await;
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!((ledger.seq, ledger.trims), (last, 1));
    assert_eq!(ledger.rules.len(), 902, "nine hundred, the open one, and the one that was appended then");
    assert_eq!(ledger.open().map(|rule| rule.at).collect::<Vec<_>>(), [Seq::new(1)]);
    assert_eq!(*catalog.ledger_since(&full).await.expect("a ledger"), ledger, "who knows more than is left");
}

#[tokio::test]
async fn a_rule_of_a_newer_version_counts_for_everything_and_is_left_as_it_is() {
    let (catalog, raw) = with_rules(vec![of_a_newer_version(1)]).await;
    let key = build::key(URL, 300);
    let judged = async || {
        let ledger = catalog.ledger().await.expect("a ledger");
        let found = catalog.find(&key, &[build::source_ref(URL)]).await.expect("found");
        judge(found, &ledger, &Ages::NONE, Timestamp::from_millis(0))
    };
    assert_eq!(judged().await, Verdict::Miss { want: Seq::new(1) });
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!(ledger.rules.iter().map(|rule| &rule.scope).collect::<Vec<_>>(), [&Scope::Unknown]);
    for rule in ledger.open() {
        let mut walk = Walk::default();
        let closed = work_off(&catalog, rule, &mut walk, NOW, || true, |_| ready(Ok(()))).await;
        assert!(!closed.expect("left alone"));
    }
    let own = discard(&catalog, URL).await;
    assert_eq!(judged().await, Verdict::Miss { want: own });
    let written = raw.find_one(doc! { "_id": "ledger" }).await.expect("found").expect("a ledger");
    let rules = written.get_array("rules").expect("rules");
    assert_eq!(rules.first().and_then(|rule| rule.as_document()), Some(&of_a_newer_version(1)));
    assert_eq!(rules.len(), 2);
}
