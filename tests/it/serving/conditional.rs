//! Conditional requests.

use crate::harness::{Answer, Stack, on, on_both_stacks, start, until_hit};

on_both_stacks! {
    a_client_that_has_the_picture_is_told_so,
    a_client_that_means_another_picture_is_told_so,
    conditions_are_about_pictures_and_no_error_is_answered_with_304,
}

async fn a_client_that_has_the_picture_is_told_so(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300&type=auto", "medium.jpg");
    let whole = Answer::get(&system, 0, &path).await.picture();
    let (etag, date) = (whole.header("etag"), whole.header("last-modified"));
    let weak = format!("\"other\", W/{etag}");
    for (header, value, status) in [
        ("if-none-match", etag, 304),
        ("if-none-match", weak.as_str(), 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", date, 304),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ("if-match", etag, 200),
        ("if-match", "*", 200),
        ("if-unmodified-since", date, 200),
    ] {
        let answer = Answer::with(&system, 1, &path, &[(header, value)]).await;
        assert_eq!(answer.status, status, "{header}: {value}");
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("vary"), "Accept");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.body.is_empty(), status == 304);
    }
    let both = [("if-none-match", "\"other\""), ("if-modified-since", date)];
    assert_eq!(Answer::with(&system, 1, &path, &both).await.status, 200, "the tag decides alone");
    system.finish().await;
}

async fn a_client_that_means_another_picture_is_told_so(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300&type=auto", "medium.jpg");
    // A picture is handed over before it is stored.
    let whole = until_hit(&system, 1, &path).await;
    let weak = format!("W/{}", whole.header("etag"));
    for (header, value) in [
        ("if-match", "\"other\""),
        ("if-match", weak.as_str()),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        let answer = Answer::with(&system, 1, &path, &[(header, value)]).await;
        let answer = answer.refused(412, "precondition_failed");
        assert_eq!(answer.header("vary"), "Accept");
        assert!(answer.is_hit(), "{}", answer.cache_status());
    }
    system.finish().await;
}

async fn conditions_are_about_pictures_and_no_error_is_answered_with_304(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "missing.jpg");
    for header in ["if-none-match", "if-match"] {
        Answer::with(&system, 0, &path, &[(header, "*")]).await.refused(404, "source_gone");
    }
    system.finish().await;
}
