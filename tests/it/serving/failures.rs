//! What is remembered of renders that failed.

use imcaxy_shared::entry::{Failure, FailureCode, RememberedFailure, Seq};
use imcaxy_shared::ports::{Catalog as _, Clock as _, SystemClock};
use imcaxy_shared::testing::build;

use crate::harness::{Answer, catalog, start, system};

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_failure_is_answered_without_a_render_until_its_source_is_discarded() {
    let system = start(system()).await;
    let catalog = catalog(&system.scope).await;
    let url = system.origin.url("large.jpg");
    let source = build::source_ref(&url);
    let failure = Failure::new(FailureCode::Internal, "three workers were lost over it");
    let (key, now) = (build::key(&url, 300), SystemClock.now());
    let failed = RememberedFailure::new(key, vec![source.clone()], Seq::ZERO, failure, now);
    catalog.remember(&failed).await.expect("remembered");
    let path = format!("/resize?width=300&url={url}");
    for replica in [0, 1] {
        let refused = Answer::get(&system, replica, &path).await.refused(500, "internal");
        assert_eq!(refused.json()["message"], "three workers were lost over it");
    }
    assert_eq!(system.gauge.calls().len(), 0);
    catalog.discard(&source.id).await.expect("discarded");
    Answer::get(&system, 1, &path).await.picture();
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}
