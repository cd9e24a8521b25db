//! A whole Imcaxy: several processes of the real binary and all that they work with.

mod builder;
mod detour;
mod links;
mod whereabouts;

use reqwest::{Method, RequestBuilder, Response};

use crate::output::Output;
use crate::{Gauge, Imcaxy, KitError, Origin, OwnRedis, Role, S3};

pub use builder::Builder;
pub use links::Links;

/// Several processes that share a Redis namespace, a database and a bucket, which nobody else uses.
pub struct System {
    /// Where the pictures come from.
    pub origin: Origin,
    /// What stands between the workers and imaginary.
    pub gauge: Gauge,
    /// The processes that answer HTTP.
    pub apis: Vec<Imcaxy>,
    /// The processes that take jobs.
    pub workers: Vec<Imcaxy>,
    /// The processes that enqueue the periodic jobs.
    pub schedulers: Vec<Imcaxy>,
    /// The names under which it keeps everything.
    pub scope: Scope,
    redis: Option<OwnRedis>,
    proxied: bool,
    client: reqwest::Client,
    binary: std::path::PathBuf,
    settings: Vec<(String, String)>,
    output: Output,
    leftovers: Option<builder::Leftovers>,
}

/// Where a system keeps what it stores.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The Redis that it uses.
    pub redis_url: String,
    /// The prefix of its keys there.
    pub namespace: String,
    /// The MongoDB that it uses, with the database.
    pub mongodb_url: String,
    /// The S3 that it uses.
    pub s3: S3,
    /// The bucket there.
    pub bucket: String,
    /// The token for its administration.
    pub admin_token: String,
}

impl System {
    /// Begins to describe a system: one API, one worker, no scheduler.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A path with its query, given as `/resize?width=300`, and the photograph of the origin that it is about.
    #[must_use]
    pub fn path(&self, request: &str, photo: &str) -> String {
        let joint = if request.contains('?') { '&' } else { '?' };
        format!("{request}{joint}url={}", self.origin.url(photo))
    }

    /// Asks an API replica for a path with its query. No answer at all fails the test.
    pub async fn get(&self, replica: usize, path: &str) -> Response {
        let answer = self.request(Method::GET, replica, path).send().await;
        answer.unwrap_or_else(|error| panic!("API {replica} should answer GET {path}, but: {error}"))
    }

    /// Begins a request of an API replica, to be given headers or a body.
    pub fn request(&self, method: Method, replica: usize, path: &str) -> RequestBuilder {
        let api = self.apis.get(replica).unwrap_or_else(|| panic!("there is no API {replica}"));
        self.client.request(method, api.url(path))
    }

    /// Begins a request with the administration's token.
    pub fn admin(&self, method: Method, replica: usize, path: &str) -> RequestBuilder {
        self.request(method, replica, path).bearer_auth(&self.scope.admin_token)
    }

    /// The Redis of this system alone. A system that was not built with one fails the test.
    #[must_use]
    pub fn redis(&self) -> &OwnRedis {
        self.redis.as_ref().expect("a system whose Redis is to be treated is built with `own_redis(…)`")
    }

    /// Starts one more process, the last of its role; it takes the place of one that was killed.
    pub async fn add(&mut self, role: Role) -> Result<(), KitError> {
        let process = self.start(role, self.of(role).len()).await?;
        match role {
            Role::Serve | Role::Api => self.apis.push(process),
            Role::Worker => self.workers.push(process),
            Role::Scheduler => self.schedulers.push(process),
        }
        Ok(())
    }

    /// Ends every process, each with exit code 0, and fails the test if anything is left over that should not be.
    /// What was paused goes on first, and links are mended.
    pub async fn finish(mut self) {
        self.stop().await;
        if let Some(leftovers) = self.leftovers.take() {
            let left = leftovers(self.scope.clone()).await;
            assert!(left.is_empty(), "nothing should be left over, but there is:\n{}", left.join("\n"));
        }
    }

    /// Ends every process, however it ends: of a system that somebody has looked at, and may have harmed.
    pub async fn end(mut self) {
        for process in self.processes() {
            let _status = process.end().await;
        }
    }

    async fn stop(&mut self) {
        if let Some(redis) = &self.redis {
            redis.resume();
        }
        // All before the first ends: one that finishes what it has begun may need the others.
        self.processes().for_each(Imcaxy::heal);
        for process in self.processes() {
            process.stop().await;
        }
    }

    /// Every process, in the order in which work flows.
    fn processes(&mut self) -> impl Iterator<Item = &mut Imcaxy> {
        self.schedulers.iter_mut().chain(&mut self.apis).chain(&mut self.workers)
    }

    fn of(&self, role: Role) -> &[Imcaxy] {
        match role {
            Role::Serve | Role::Api => &self.apis,
            Role::Worker => &self.workers,
            Role::Scheduler => &self.schedulers,
        }
    }

    async fn start(&self, role: Role, index: usize) -> Result<Imcaxy, KitError> {
        let name = format!("{}-{index}", role.command());
        let start = async |settings| Imcaxy::start(&self.binary, role, &name, settings, self.output).await;
        if !self.proxied {
            return start(&self.settings).await;
        }
        let (links, led) = Links::start(&self.settings).await?;
        let settings = [&*self.settings, &led].concat();
        Ok(start(&settings).await?.with_links(links))
    }

    async fn start_several(&self, role: Role, count: usize) -> Result<Vec<Imcaxy>, KitError> {
        futures::future::try_join_all((0..count).map(|index| self.start(role, index))).await
    }
}
