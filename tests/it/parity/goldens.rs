//! What imaginary answers today, beside what it answered when the goldens were made.

use std::fs;

use imcaxy_testkit::parity::{Asked, Expected, Golden, Made, Pixels};
use serde_json::Value;

use crate::harness::servers;

/// In decibels: as alike as the same picture is that another version of libvips made, or one that imaginary turned by way of a JPEG.
const STILL_ALIKE: f64 = 35.0;

fn versions_then() -> Value {
    let versions = fs::read(Golden::versions()).expect("the versions that the goldens were made with");
    serde_json::from_slice(&versions).expect("JSON")
}

/// Whether the answer is the same: by its pixels where the same libvips made both, and by likeness where it did not.
fn holds(golden: &Golden, then: &Made, now: &Made, same_versions: bool) -> bool {
    if golden.expected == Expected::Said {
        return then.said().is_some() && then.said() == now.said();
    }
    let [before, after] = [then, now].map(|made| Pixels::of(made).expect("a picture"));
    let least = if same_versions { f64::INFINITY } else { STILL_ALIKE };
    then.content_type == now.content_type && before.likeness(&after) >= least
}

#[tokio::test(flavor = "multi_thread")]
async fn imaginary_still_answers_what_the_goldens_hold() {
    let imaginary = Asked::at(&servers().imaginary_url);
    let same_versions = imaginary.versions().await == versions_then();
    let mut wrong = Vec::new();
    for golden in Golden::all() {
        let then = golden.read().expect("a golden");
        let source = golden.source.bytes();
        let mut still = false;
        // Of a JPEG that it turns and reduces imaginary sometimes makes something else.
        for _ in 0..3 {
            let now = imaginary.make(golden.request, &source).await.expect("a picture");
            still = still || holds(&golden, &then, &now, same_versions);
        }
        if !still {
            wrong.push(format!("{} {}", golden.source.name(), golden.request));
        }
    }
    assert!(wrong.is_empty(), "imaginary answers otherwise:\n{}", wrong.join("\n"));
}
