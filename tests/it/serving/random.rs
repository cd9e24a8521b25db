//! Requests made at random mean to Imcaxy what they mean to imaginary.

use imcaxy_shared::testing::requests::{RawRequest, random_request};
use imcaxy_testkit::http;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::harness::{Answer, Stack, on, on_both_stacks, servers, start};

on_both_stacks! {
    random_requests_are_answered_as_imaginary_answers_or_refused_as_it_refuses,
}

const REQUESTS: usize = 300;

async fn random_requests_are_answered_as_imaginary_answers_or_refused_as_it_refuses(stack: Stack) {
    let imaginary = servers().imaginary_url;
    let system = start(on(stack)).await;
    let photo = system.origin.url("test.png");
    let mut random = StdRng::seed_from_u64(20_261_123);
    let (mut equal, mut refused) = (0, 0);
    while equal + refused < REQUESTS {
        let request = random_request(&mut random, &[&photo], &[&photo]);
        match compare(&system, &imaginary, &request).await {
            true => equal += 1,
            false => refused += 1,
        }
    }
    assert!(equal > REQUESTS / 2, "{equal} pictures and {refused} refusals");
    system.finish().await;
}

/// Whether both answered a picture; both refusing is the other way to agree.
async fn compare(system: &imcaxy_testkit::System, imaginary: &str, request: &RawRequest) -> bool {
    let path = format!("{}?{}", request.path, request.query);
    let accept = request.accept.as_deref().map(|accept| ("accept", accept));
    let ours = Answer::with(system, 0, &path, accept.as_slice()).await;
    let direct = path.strip_prefix("/imaginary").unwrap_or(&path);
    let mut theirs = http::client().get(format!("{imaginary}{direct}"));
    if let Some((name, value)) = accept {
        theirs = theirs.header(name, value);
    }
    // A crash in imaginary closes the connection.
    let theirs = match theirs.send().await {
        Ok(theirs) => Some(Answer::of(theirs).await),
        Err(_) => None,
    };
    match theirs {
        Some(theirs) if theirs.status == 200 && ours.status == 200 => {
            assert_eq!(ours.header("content-type"), theirs.header("content-type"), "{path}");
            assert!(ours.body == theirs.body, "{path}: {} and {} bytes", ours.body.len(), theirs.body.len());
            true
        }
        theirs => {
            let said = ours.json_or_nothing();
            let message = said["message"].as_str().unwrap_or_default();
            // What imaginary reads from its own disk, answers without a byte, or, in this version, does not know.
            let ours_alone = said["code"] == "local_file"
                || theirs.as_ref().is_some_and(|theirs| theirs.status == 200 && theirs.body.is_empty())
                || ["palette", "speed"].iter().any(|name| message.starts_with(name));
            let both = ours.status >= 400 && theirs.as_ref().is_none_or(|theirs| theirs.status >= 400);
            let theirs = theirs.map(|theirs| (theirs.status, theirs.body.len()));
            assert!(both || ours_alone, "{path}: {} {message}, imaginary: {theirs:?}", ours.status);
            false
        }
    }
}
