//! Everything in one process, without any server but imaginary.

use std::path::Path;

use futures::future::join_all;
use imcaxy_testkit::http::{self, begin};
use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Gauge, Imcaxy, Origin, Role};
use tempfile::TempDir;

use crate::harness::{Answer, imcaxy, servers, until};

/// A process that keeps its things in `folder`, and what is around it.
struct Alone {
    origin: Origin,
    gauge: Gauge,
    folder: TempDir,
    process: Imcaxy,
}

impl Alone {
    async fn start() -> Self {
        let (origin, gauge) = (Origin::start().await, Gauge::start(&servers().imaginary_url).await);
        let folder = tempfile::tempdir().expect("a folder");
        let process = serve(&gauge, folder.path()).await;
        Self { origin, gauge, folder, process }
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = http::client().get(self.process.url(path)).send().await;
        Answer::of(answer.expect("an answer")).await
    }

    fn path(&self, request: &str, photo: &str) -> String {
        format!("{request}&url={}", self.origin.url(photo))
    }

    async fn start_again(&mut self) {
        self.process = serve(&self.gauge, self.folder.path()).await;
    }
}

async fn serve(gauge: &Gauge, folder: &Path) -> Imcaxy {
    let settings = settings(gauge, folder);
    let binary = binary_from_env().expect("the binary");
    let started = Imcaxy::start(&binary, Role::Serve, "serve", &settings, Output::Kept).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}

fn settings(gauge: &Gauge, folder: &Path) -> Vec<(String, String)> {
    [
        ("IMCAXY_IMAGINARY_URL", gauge.url()),
        ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8"),
        ("IMCAXY_DATA_DIR", &folder.join("kept").to_string_lossy()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_renders_once_and_keeps_what_it_has_over_a_restart() {
    let mut alone = Alone::start().await;
    let path = alone.path("/resize?width=300", "large.jpg");
    let answers = join_all((0..100).map(|_| alone.get(&path))).await;
    let first = answers[0].clone().picture();
    assert!(answers.iter().all(|answer| answer.body == first.body));
    assert_eq!((alone.gauge.calls().len(), alone.origin.count("large.jpg")), (1, 1));
    until("it is kept", async || alone.get(&path).await.is_hit()).await;
    alone.process.stop().await;
    alone.start_again().await;
    let hit = alone.get(&path).await.hit();
    assert_eq!((hit.header("etag"), hit.cache_status()), (first.header("etag"), "imcaxy; hit; detail=store"));
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_leaves_opens_serves_and_heals() {
    let mut alone = Alone::start().await;
    let kept = alone.path("/resize?width=200", "medium.jpg");
    alone.get(&kept).await.picture();
    until("it is kept", async || alone.get(&kept).await.is_hit()).await;
    for width in 300..310 {
        let path = alone.path(&format!("/resize?width={width}"), "large.jpg");
        let gate = alone.gauge.hold();
        let url = alone.process.url(&path);
        let asked = begin(http::client().get(url));
        gate.wait_for(1).await;
        gate.open();
        // Somewhere between the render and the entry.
        alone.process.kill();
        assert!(asked.await.is_err(), "its client is cut off");
        alone.start_again().await;
        alone.get(&kept).await.hit();
        alone.get(&path).await.picture();
    }
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_the_engine_renders_and_says_what_it_lacks() {
    let (origin, folder) = (Origin::start().await, tempfile::tempdir().expect("a folder"));
    let kept = folder.path().join("kept");
    let settings = [("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8"), ("IMCAXY_DATA_DIR", &kept.to_string_lossy())];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let binary = binary_from_env().expect("the binary");
    let mut process =
        Imcaxy::start(&binary, Role::Serve, "serve", &settings, Output::Kept).await.expect("started");
    let get = async |request: &str| {
        let url = process.url(&format!("{request}&url={}", origin.url("large.jpg")));
        Answer::of(http::client().get(url).send().await.expect("an answer")).await
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
async fn a_data_directory_is_one_processes_and_a_role_of_its_own_needs_servers() {
    let mut alone = Alone::start().await;
    let settings = settings(&alone.gauge, alone.folder.path());
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (&**name, &**value)).collect();
    let with = [&settings[..], &[("IMCAXY_LISTEN", "127.0.0.1:0")]].concat();
    let second = imcaxy(&["serve"], &with).await;
    assert_eq!(second.code, Some(2), "{}", second.complaint);
    assert!(second.complaint.contains("another imcaxy (process "), "{}", second.complaint);
    for role in ["api", "worker", "scheduler"] {
        let refused = imcaxy(&[role], &with).await;
        assert_eq!(refused.code, Some(2), "{}", refused.complaint);
        assert!(refused.complaint.contains("needs the remote stack"), "{}", refused.complaint);
    }
    let path = alone.path("/resize?width=300", "medium.jpg");
    alone.get(&path).await.picture();
    alone.process.stop().await;
}
