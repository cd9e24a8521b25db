//! Stores that have lost something cost a render, never a wrong answer.

use imcaxy_shared::ports::ObjectStore as _;
use mongodb::bson::{Document, doc};

use crate::harness::{Answer, Kept, start, system};

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_lost_its_object_is_rendered_again_at_once() {
    // Without a memory tier: what is in memory needs no object.
    let system = start(system().env("IMCAXY_CACHE_MEMORY", "0")).await;
    let path = system.path("/convert?type=png", "large.jpg");
    let before = Answer::get(&system, 0, &path).await.picture();
    let kept = Kept::of(&system.scope).await;
    let store = crate::harness::store(&system.scope);
    for object in &kept.objects {
        store.delete(&object.parse().expect("a name")).await.expect("deleted");
    }
    for replica in [1, 0] {
        let after = Answer::get(&system, replica, &path).await.picture();
        assert_eq!(after.body, before.body);
    }
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_without_its_source_document_is_rendered_again() {
    let system = start(system()).await;
    let path = system.path("/convert?type=png", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    let client = mongodb::Client::with_uri_str(&system.scope.mongodb_url).await.expect("MongoDB");
    let sources = client.default_database().expect("a database").collection::<Document>("sources");
    sources.delete_many(doc! {}).await.expect("deleted");
    Answer::get(&system, 1, &path).await.picture();
    assert_eq!(system.gauge.calls().len(), 2);
    let hit = Answer::get(&system, 0, &path).await.picture();
    assert!(hit.cache_status().contains("hit"), "{}", hit.cache_status());
    system.finish().await;
}
