//! What is discarded is never answered again.

use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::config::Secret;
use imcaxy_shared::entry::Scope;
use imcaxy_shared::ports::{Appended, Catalog as _, Discarded};
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::{Behaviour, Photo, System};

use crate::harness::{Answer, Kept, start, system, until};

async fn catalog(system: &System) -> MongoCatalog {
    let url = Secret::from(system.scope.mongodb_url.clone());
    MongoCatalog::open(&url).await.expect("a URL that is understood")
}

fn source(system: &System, photo: &str) -> SourceId {
    SourceId::of(&system.origin.url(photo))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_source_is_rendered_again_by_every_replica() {
    let system = start(system()).await;
    let [path, other] = ["large.jpg", "medium.jpg"].map(|photo| system.path("/resize?width=300", photo));
    let before = Answer::get(&system, 0, &path).await.picture();
    Answer::get(&system, 0, &other).await.picture();
    until("both are kept", async || Kept::of(&system.scope).await.entries.len() == 2).await;
    system.origin.behave("large.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let discarded = catalog(&system).await.discard(&source(&system, "large.jpg")).await.expect("an answer");
    assert!(matches!(discarded, Discarded::Committed { left_open: None, .. }), "{discarded:?}");
    let after = Answer::get(&system, 1, &path).await.picture();
    assert_ne!(after.body, before.body);
    for replica in [0, 1] {
        let again = Answer::get(&system, replica, &path).await.picture();
        assert_eq!(again.body, after.body);
        let hit = Answer::get(&system, replica, &other).await.picture();
        assert!(hit.cache_status().contains("hit"), "another source: {}", hit.cache_status());
    }
    assert_eq!(system.gauge.calls().len(), 3);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_that_was_broken_off_counts_and_the_next_render_goes_on_with_it() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let before = Answer::get(&system, 0, &path).await.picture();
    until("it is kept", async || Kept::of(&system.scope).await.entries.len() == 1).await;
    system.origin.behave("large.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let catalog = catalog(&system).await;
    let scope = Scope::Source(source(&system, "large.jpg"));
    let appended = catalog.append(&scope).await.expect("appended");
    assert!(matches!(appended, Appended::Rule(_)), "{appended:?}");
    let after = Answer::get(&system, 1, &path).await.picture();
    assert_ne!(after.body, before.body);
    until("the new one is a hit", async || {
        Answer::get(&system, 0, &path).await.picture().cache_status().contains("hit")
    })
    .await;
    assert_eq!(catalog.ledger().await.expect("a ledger").open().count(), 0);
    assert_eq!(Answer::get(&system, 0, &path).await.picture().body, after.body);
    system.finish().await;
}
