//! A first start: what it tells, and the pictures that it draws by itself.

use std::path::Path;

use futures::future::join_all;
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::ports::{JobHistory as _, Search};
use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Behaviour, Gauge, Imcaxy, Origin, Role, http};
use reqwest::{Client, Method};
use tempfile::TempDir;

use crate::harness::{Answer, api_alone, servers, until};

const NAMES: [&str; 3] = ["harbour", "still-life", "card"];

/// A process that is alone, with what it keeps.
struct Alone {
    client: Client,
    process: Imcaxy,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Alone {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = folder.path().join("kept");
        let own = [("IMCAXY_DATA_DIR", &*kept.to_string_lossy())];
        let settings =
            settings.iter().chain(&own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings: Vec<_> = settings.collect();
        Self { client: http::client(), process: serve(&settings).await, folder, settings }
    }

    async fn start_again(&mut self) {
        self.process.stop().await;
        self.process = serve(&self.settings).await;
    }

    fn sample(&self, name: &str) -> String {
        self.process.url(&format!("/samples/{name}.jpg"))
    }

    async fn get(&self, path: &str) -> Answer {
        self.with(Method::GET, path, &[]).await
    }

    async fn with(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.request(method, self.process.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.expect("an answer")).await
    }
}

async fn serve(settings: &[(String, String)]) -> Imcaxy {
    let binary = binary_from_env().expect("the binary");
    let started = Imcaxy::start(&binary, Role::Serve, "serve", settings, Output::Kept).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}

async fn get(url: &str) -> Answer {
    Answer::of(http::client().get(url).send().await.expect("an answer")).await
}

/// Width and height of a PNG.
fn sides(png: &Answer) -> (u32, u32) {
    let picture = image::load_from_memory(&png.body).expect("a PNG");
    (picture.width(), picture.height())
}

/// The lines of a log that `what` is in.
fn lines<'a>(log: &'a str, what: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(what)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_tells_what_it_is_and_its_link_shows_a_picture() {
    let mut alone = Alone::start(&[]).await;
    until("it has told", async || alone.process.log().contains("/samples/")).await;
    let log = alone.process.log();
    assert_eq!(
        lines(
            &log,
            &format!("ready: pictures are answered on {}", alone.process.url("").trim_end_matches('/'))
        )
        .len(),
        1,
        "{log}"
    );
    let kept = alone.folder.path().join("kept");
    assert!(
        kept.is_absolute()
            && lines(&log, &format!("everything is kept in {}", kept.display()))[0].contains("SQLite"),
        "{log}"
    );
    assert_eq!(lines(&log, "pictures are rendered by the built-in engine (builtin/1)").len(), 1, "{log}");
    let link = log.split_whitespace().find(|word| word.ends_with("/samples/harbour.jpg")).expect("a link");
    assert_eq!(link, format!("{}&url={}", alone.process.url("/resize?width=600"), alone.sample("harbour")));
    let picture = get(link).await.picture();
    assert_eq!((picture.header("content-type"), &picture.body[..2]), ("image/jpeg", &[0xff, 0xd8][..]));
    assert_eq!(sides(&get(&format!("{link}&type=png")).await.picture()), (600, 400));
    until("it is kept", async || get(link).await.is_hit()).await;
    assert_eq!(get(link).await.header("etag"), picture.header("etag"));
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_are_answered_as_pictures_are_and_are_the_same_after_a_restart() {
    let mut alone = Alone::start(&[]).await;
    let mut tags = Vec::new();
    for name in NAMES {
        let path = format!("/samples/{name}.jpg");
        let whole = alone.get(&path).await.picture();
        assert_eq!(whole.header("content-type"), "image/jpeg");
        assert!(whole.body.len() < 250_000 && whole.body.starts_with(&[0xff, 0xd8, 0xff]), "{name}");
        for (header, value) in [
            ("cache-control", "no-cache"),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("cache-status", "imcaxy; hit; detail=memory"),
        ] {
            assert_eq!(whole.header(header), value, "{name}");
        }
        assert!(!whole.header("x-request-id").is_empty());
        tags.push(whole.header("etag").to_owned());
        let tag = whole.header("etag");
        let head = alone.with(Method::HEAD, &path, &[]).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, tag));
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        let known = alone.with(Method::GET, &path, &[("if-none-match", tag)]).await;
        assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, tag));
        let part = alone.with(Method::GET, &path, &[("range", "bytes=10-19"), ("if-range", tag)]).await;
        assert_eq!((part.status, &part.body[..]), (206, &whole.body[10..20]));
        assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", whole.body.len()));
        let other = alone.with(Method::GET, &path, &[("if-match", "\"other\"")]).await;
        other.refused(412, "precondition_failed");
        let beyond = alone.with(Method::GET, &path, &[("range", "bytes=9999999-")]).await;
        beyond.refused(416, "range_not_satisfiable");
        let posted = alone.with(Method::POST, &path, &[]).await.refused(405, "method_not_allowed");
        assert!(posted.header("allow").contains("GET"), "{}", posted.header("allow"));
    }
    let unknown = alone.get("/samples/other.jpg").await.refused(404, "not_found").json();
    let message = unknown["message"].as_str().expect("a message");
    assert!(NAMES.iter().all(|name| message.contains(name)), "{message}");
    for path in [
        "/samples/harbour",
        "/samples/harbour.png",
        "/samples/%68arbour.jpg",
        "/samples/harbour.jpg/",
        "/samples/",
    ] {
        assert_eq!(alone.get(path).await.status, 404, "{path}");
    }
    alone.start_again().await;
    for (name, tag) in NAMES.iter().zip(tags) {
        assert_eq!(alone.get(&format!("/samples/{name}.jpg")).await.header("etag"), tag, "{name}");
    }
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_exact_url_of_a_sample_is_one_and_every_other_of_this_machine_is_refused() {
    // No place is allowed: a sample is not asked for at any.
    let mut alone = Alone::start(&[("IMCAXY_SOURCES_ALLOW", "images.example")]).await;
    let sample = alone.sample("card");
    alone.get(&format!("/resize?width=90&url={sample}")).await.picture();
    let base = alone.process.url("");
    let port = base.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned();
    let elsewhere = port.parse::<u16>().expect("a port") ^ 1;
    for url in [
        format!("http://127.0.0.1:{elsewhere}/samples/card.jpg"),
        format!("http://localhost:{port}/samples/card.jpg"),
        format!("http://127.1:{port}/samples/card.jpg"),
        format!("http://[::1]:{port}/samples/card.jpg"),
        format!("http://[::ffff:127.0.0.1]:{port}/samples/card.jpg"),
        format!("https://127.0.0.1:{port}/samples/card.jpg"),
        format!("http://127.0.0.1:{port}/samples/card.jpg%3Fx"),
        format!("http://127.0.0.1:{port}/samples/card.jpg%3F"),
        format!("http://127.0.0.1:{port}//samples/card.jpg"),
        format!("http://127.0.0.1:{port}/samples/%2563ard.jpg"),
        format!("http://127.0.0.1:{port}/samples/other.jpg"),
        format!("http://127.0.0.1:{port}/imaginary/samples/card.jpg"),
        format!("http://127.0.0.1:{port}/healthz"),
    ] {
        alone.get(&format!("/resize?width=90&url={url}")).await.refused(403, "source_forbidden");
    }
    for url in [
        format!("http://127.0.0.1:{port}/samples/./card.jpg"),
        format!("http://127.0.0.1:{port}/x/../samples/card.jpg"),
        format!("http://127.0.0.1:{port}/samples/%252e/card.jpg"),
    ] {
        alone.get(&format!("/resize?width=90&url={url}")).await.refused(400, "bad_url");
    }
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_origin_redirects_to_is_no_sample() {
    let origin = Origin::start().await;
    let place = origin.url("").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let allow = [("IMCAXY_SOURCES_ALLOW", place.as_str()), ("IMCAXY_SOURCES_PRIVATE", "127.0.0.1")];
    let mut alone = Alone::start(&allow).await;
    origin.behave("hop.jpg", Behaviour::redirect_to(&alone.sample("card")));
    let path = format!("/resize?width=90&url={}", origin.url("hop.jpg"));
    alone.get(&path).await.refused(403, "source_forbidden");
    assert_eq!(origin.count("hop.jpg"), 1);
    alone.get(&format!("/resize?width=90&url={}", alone.sample("card"))).await.picture();
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_imaginary_samples_are_rendered_once_by_it_as_sources_and_as_watermark_images() {
    let gauge = Gauge::start(&servers().imaginary_url).await;
    let mut alone = Alone::start(&[("IMCAXY_IMAGINARY_URL", gauge.url())]).await;
    until("it has told", async || alone.process.log().contains("/samples/")).await;
    assert!(alone.process.log().contains(&format!("pictures are rendered by imaginary at {}", gauge.url())));
    let (picture, mark) = (alone.sample("still-life"), alone.sample("card"));
    let path = format!("/resize?width=300&url={picture}");
    let answers = join_all((0..500).map(|_| alone.get(&path))).await;
    let first = answers[0].clone().picture();
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == first.body));
    assert_eq!(gauge.calls().len(), 1);
    alone.get(&format!("/watermarkimage?image={mark}&top=9&left=9&url={picture}")).await.picture();
    let steps = format!(r#"[{{"operation":"watermarkImage","params":{{"image":"{mark}","top":5}}}}]"#);
    let steps: String = url::form_urlencoded::byte_serialize(steps.as_bytes()).collect();
    alone.get(&format!("/pipeline?operations={steps}&url={picture}")).await.picture();
    let other = mark.replace("card", "other");
    let refused = alone.get(&format!("/watermarkimage?image={other}&url={picture}")).await;
    refused.refused(403, "source_forbidden");
    alone.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_renders_a_sample_once_for_all_who_ask_at_the_same_time() {
    let mut alone = Alone::start(&[]).await;
    let path = format!("/resize?width=320&url={}", alone.sample("harbour"));
    let answers = join_all((0..500).map(|_| alone.get(&path))).await;
    let first = answers[0].clone().picture();
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == first.body));
    let source = alone.sample("harbour");
    alone.process.stop().await;
    assert_eq!(renders_of(&alone.folder.path().join("kept/catalog.db"), &source).await, 1);
}

/// The attempts of all render jobs of a source, as the history of a process that has ended tells them.
async fn renders_of(catalog: &Path, url: &str) -> u32 {
    let history = SqliteCatalog::open(catalog, 0).expect("a catalog");
    let (url, kind) = (Some(url.to_owned()), Some("render".to_owned()));
    let search = Search { url, kind, limit: 1000, ..Search::default() };
    history.search(&search).await.expect("jobs").iter().map(|job| job.attempts).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_explained_as_a_source_that_is_allowed() {
    let mut alone = Alone::start(&[]).await;
    let token = token(&alone.folder.path().join("kept"));
    let explained = async |sample: &str| {
        let path: String =
            url::form_urlencoded::byte_serialize(format!("/resize?width=9&url={sample}").as_bytes())
                .collect();
        let path = format!("/api/v1/explain?path={path}");
        alone.with(Method::GET, &path, &[("authorization", &token)]).await.json()
    };
    let told = explained(&alone.sample("card")).await;
    assert!(told["refusal"].is_null() && told["sources"][0]["forbidden"].is_null(), "{told}");
    let told = explained(&alone.sample("other")).await;
    assert_eq!(told["refusal"]["code"], "source_forbidden", "{told}");
    assert!(told["sources"][0]["forbidden"].is_string(), "{told}");
    alone.process.stop().await;
}

fn token(kept: &Path) -> String {
    format!("Bearer {}", std::fs::read_to_string(kept.join("run-token")).expect("a token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_remote_stack_there_are_no_samples() {
    let mut api = api_alone(&[("IMCAXY_SOURCES_PRIVATE", "10.0.0.0/8")]).await;
    for name in NAMES {
        let sample = api.url(&format!("/samples/{name}.jpg"));
        get(&sample).await.refused(404, "not_found");
        let source = get(&api.url(&format!("/resize?width=9&url={sample}"))).await;
        source.refused(403, "source_forbidden");
    }
    assert!(!api.log().contains("/samples/"), "{}", api.log());
    api.stop().await;
}
