//! What caches are told about pictures.

use crate::harness::{Answer, Stack, on, on_both_stacks, start, until_hit};

on_both_stacks! {
    caches_are_told_what_the_most_specific_pattern_of_the_source_says,
}

async fn caches_are_told_what_the_most_specific_pattern_of_the_source_says(stack: Stack) {
    let control = r#"{"127.0.0.1":"public, max-age=60","*":"no-cache"}"#;
    let system = start(on(stack).env("IMCAXY_CACHE_CONTROL", control)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let rendered = Answer::get(&system, 0, &path).await.picture();
    let etag = rendered.header("etag").to_owned();
    let hit = until_hit(&system, 1, &path).await;
    let known = Answer::with(&system, 1, &path, &[("if-none-match", &etag)]).await;
    assert_eq!(known.status, 304);
    for answer in [rendered, hit, known] {
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
    }
    let broken = system.path("/resize?width=300", "missing.jpg");
    Answer::get(&system, 0, &broken).await.refused(404, "source_gone");
    system.finish().await;
}
