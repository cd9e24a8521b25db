//! The engine beside what imaginary answered once, which is kept in `tests/goldens`.

use std::num::NonZeroUsize;

use imcaxy_shared::testing::build;
use imcaxy_testkit::parity::{Expected, Golden, Made, Pixels};

use super::Engine;

/// Why the engine's answer is not like the golden, if it is not.
fn unlike(golden: &Golden, ours: &Made, theirs: &Made) -> Option<String> {
    if ours.content_type != theirs.content_type {
        return Some(format!("{}, imaginary {}", ours.content_type, theirs.content_type));
    }
    if golden.expected == Expected::Said {
        let (ours, theirs) = (ours.said(), theirs.said());
        return (ours.is_none() || ours != theirs).then(|| format!("{ours:?}, imaginary {theirs:?}"));
    }
    let [ours, theirs] = [ours, theirs].map(|made| Pixels::of(made).expect("a picture"));
    if ours.sides() != theirs.sides() {
        return Some(format!("{:?}, imaginary {:?}", ours.sides(), theirs.sides()));
    }
    let likeness = ours.likeness(&theirs);
    (likeness < golden.expected.least()).then(|| format!("{likeness:.1} dB"))
}

#[tokio::test]
async fn what_the_engine_makes_is_like_the_goldens() {
    let engine = Engine::new(NonZeroUsize::MIN, 64 << 20);
    let mut wrong = Vec::new();
    for golden in Golden::all() {
        let render = build::render(golden.request).expect("a request");
        let ours = match engine.render(&render, golden.source.bytes()).await {
            Ok(picture) => Made { content_type: picture.content_type, bytes: picture.bytes },
            Err(failure) => panic!("{} {}: {}", golden.source.name(), golden.request, failure.message),
        };
        if let Some(why) = unlike(&golden, &ours, &golden.read().expect("a golden")) {
            wrong.push(format!("{} {}: {why}", golden.source.name(), golden.request));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
