//! Conditional requests.

use crate::harness::{Answer, start, system};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_the_picture_is_told_so() {
    let system = start(system()).await;
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
