//! `worker.listen` as whoever reaches it sees it: renders are for those who sign.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::direct::{DirectRender, PATH, SIGNATURE, TIME, sign};
use imcaxy_shared::jobs::{Announced, Announcement, JobKind, Unkept};
use imcaxy_shared::ports::{Clock as _, SystemClock};
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;
use imcaxy_testkit::{http, port};

use crate::harness::{Answer, Kept, start, system};

const SECRET: &str = "the secret of this test";

/// A request as an API would send it.
#[derive(Clone)]
struct Request {
    url: String,
    body: String,
    signature: Option<String>,
    at: Timestamp,
}

impl Request {
    fn new(listen: &str, kind: &JobKind) -> Self {
        let body = DirectRender::of(kind, Seq::ZERO).expect("a render").write().expect("a body");
        Self { url: format!("http://{listen}/{PATH}"), body, signature: None, at: SystemClock.now() }
    }

    fn signed(self, secret: &str) -> Self {
        Self { signature: sign(secret, self.at, self.body.as_bytes()), ..self }
    }

    async fn send(self) -> Answer {
        let mut request = http::client().post(self.url).header(TIME, self.at.as_millis()).body(self.body);
        if let Some(signature) = self.signature {
            request = request.header(SIGNATURE, signature);
        }
        Answer::of(request.send().await.expect("an answer")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_renders_for_those_who_sign_lately_with_its_secret() {
    let listen = format!("127.0.0.1:{}", port::free().expect("a port"));
    let system = system().apis(1).workers(1).env("IMCAXY_WORKER_LISTEN", &listen);
    let system = start(system.env("IMCAXY_DEGRADED_SECRET", SECRET)).await;
    let kind = build::render_job(&system.origin.url("large.jpg"), 300).kind;
    let request = Request::new(&listen, &kind);
    let old = Request { at: request.at.minus(std::time::Duration::from_secs(31)), ..request.clone() };
    let tampered = Request { body: request.body.replace("300", "301"), ..request.clone().signed(SECRET) };
    for refused in
        [request.clone(), request.clone().signed("another secret"), old.clone().signed(SECRET), tampered]
    {
        assert_eq!(refused.send().await.status, 401);
    }
    let nonsense = Request { body: "{}".to_owned(), ..request.clone() };
    assert_eq!(nonsense.signed(SECRET).send().await.status, 400);
    assert_eq!(http::client().get(&request.url).send().await.expect("an answer").status(), 405);
    assert!(system.gauge.calls().is_empty() && system.origin.all_requests().is_empty());
    let answer = request.signed(SECRET).send().await;
    assert_eq!(answer.status, 200);
    let news = Announcement::read(&answer.body).expect("what would have been announced");
    let Announced::Unkept { entry, why: Unkept::Degraded, body: Some(body) } = news.outcome else {
        panic!("{:?}", news.outcome)
    };
    let path = system.path("/resize?width=300", "large.jpg");
    let direct = Answer::of_imaginary(&path, &[]).await.picture();
    assert!(body == direct.body && entry.content_type == direct.header("content-type"));
    let kept = Kept::of(&system.scope).await;
    assert!(kept.entries.is_empty() && kept.sources.is_empty() && kept.objects.is_empty());
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_a_secret_renders_for_nobody() {
    let listen = format!("127.0.0.1:{}", port::free().expect("a port"));
    let system = start(system().apis(1).workers(1).env("IMCAXY_WORKER_LISTEN", &listen)).await;
    let kind = build::render_job(&system.origin.url("large.jpg"), 300).kind;
    assert_eq!(Request::new(&listen, &kind).signed("").send().await.status, 404);
    system.finish().await;
}
