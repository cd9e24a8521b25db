//! Everything in one process, without any server but imaginary, or without any.

use futures::future::join_all;
use imcaxy_testkit::{Origin, Role, http};
use serde_json::Value;

use crate::harness::{Answer, Stack, alone, imcaxy, on, start, until_kept};

#[tokio::test(flavor = "multi_thread")]
async fn one_process_renders_once_and_keeps_what_it_has_over_a_restart() {
    let mut system = start(on(Stack::Embedded)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let answers = join_all((0..100).map(|_| Answer::get(&system, 0, &path))).await;
    let first = answers[0].clone().picture();
    assert!(answers.iter().all(|answer| answer.body == first.body));
    assert_eq!((system.gauge.calls().len(), system.origin.count("large.jpg")), (1, 1));
    until_kept(&system, 1).await;
    system.apis[0].stop().await;
    system.add(Role::Serve).await.expect("it starts again");
    let hit = Answer::get(&system, 0, &path).await.hit();
    assert_eq!((hit.header("etag"), hit.cache_status()), (first.header("etag"), "imcaxy; hit; detail=store"));
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_the_engine_renders_and_says_what_it_lacks() {
    let origin = Origin::start().await;
    let mut process = alone(Stack::Embedded, &[]).await;
    // One for all: to make a hundred takes longer than a server waits for the head of a request, where much else is going on.
    let client = http::client();
    let get = async |request: &str| {
        let url = process.url(&format!("{request}&url={}", origin.url("large.jpg")));
        Answer::of(client.get(url).send().await.expect("an answer")).await
    };
    let answers = join_all((0..100).map(|_| get("/resize?width=300"))).await;
    let first = answers[0].clone().picture();
    assert_eq!(first.header("content-type"), "image/jpeg");
    assert!(answers.iter().all(|answer| answer.body == first.body));
    assert_eq!(origin.count("large.jpg"), 1);
    let info = get("/info?x=1").await;
    assert_eq!((info.status, info.json()["width"].as_u64()), (200, Some(1920)));
    let fetched = origin.all_requests().len();
    get("/smartcrop?width=300").await.refused(501, "not_implemented");
    assert_eq!(origin.all_requests().len(), fetched, "what is lacking costs no fetch");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_lacks_is_explained_as_it_is_refused() {
    let origin = Origin::start().await;
    let mut process = alone(Stack::Embedded, &[("IMCAXY_ADMIN_TOKEN", "s3cret")]).await;
    let client = http::client();
    for (request, is_lacking) in [
        ("/smartcrop?width=300", true),
        ("/blur?sigma=2", true),
        ("/resize?width=300&sigma=2", true),
        ("/crop?width=300&gravity=smart", true),
        ("/resize?width=300", false),
    ] {
        let path = format!("{request}&url={}", origin.url("large.jpg"));
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("path", &path).finish();
        let asked = client.get(process.url(&format!("/api/v1/explain?{query}"))).bearer_auth("s3cret");
        let told = Answer::of(asked.send().await.expect("an answer")).await.json();
        let why = told["look_up"]["why"].as_str().expect("a sentence");
        let answer = Answer::of(client.get(process.url(&path)).send().await.expect("an answer")).await;
        if is_lacking {
            assert_eq!(told["refusal"], answer.refused(501, "not_implemented").json(), "{request}");
            assert!(
                why.starts_with("it would be refused (not_implemented, the built-in engine lacks"),
                "{why}"
            );
        } else {
            assert_eq!((&told["refusal"], answer.status), (&Value::Null, 200), "{told}");
            assert_eq!(why, "it would be rendered: there is no entry of this key");
        }
    }
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_is_one_processes_and_a_role_of_its_own_needs_servers() {
    let system = start(on(Stack::Embedded)).await;
    let folder = system.scope.data_dir().display().to_string();
    let with = [("IMCAXY_DATA_DIR", folder.as_str()), ("IMCAXY_LISTEN", "127.0.0.1:0")];
    let second = imcaxy(&["serve"], &with).await;
    assert_eq!(second.code, Some(2), "{}", second.complaint);
    assert!(second.complaint.contains("another imcaxy (process "), "{}", second.complaint);
    for role in ["api", "worker", "scheduler"] {
        let refused = imcaxy(&[role], &with).await;
        assert_eq!(refused.code, Some(2), "{}", refused.complaint);
        assert!(refused.complaint.contains("needs the remote stack"), "{}", refused.complaint);
    }
    Answer::get(&system, 0, &system.path("/resize?width=300", "medium.jpg")).await.picture();
    system.finish().await;
}
