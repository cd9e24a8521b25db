//! A whole Imcaxy: several processes of the real binary and all that they work with.

mod builder;
mod detour;
mod links;
mod scope;
mod whereabouts;

use reqwest::{Method, RequestBuilder, Response};

use crate::output::Output;
use crate::{Gauge, Imcaxy, KitError, Origin, OwnRedis, Role};

pub use builder::Builder;
pub use links::Links;
pub use scope::{RemoteStores, Scope, Stack, Stores};

/// Processes that share a Redis namespace, a database and a bucket, which nobody else uses; or, on the embedded stack, the
/// one process that has a directory. Then every replica, worker and scheduler, whatever its number, is that process: so say
/// [`System::api`] and [`System::worker`], and it stands in `apis`.
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
        self.client.request(method, self.api(replica).url(path))
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

    /// The process that is this API replica. None fails the test.
    #[must_use]
    pub fn api(&self, replica: usize) -> &Imcaxy {
        let place = if self.is_embedded() { 0 } else { replica };
        self.apis.get(place).unwrap_or_else(|| panic!("there is no API {replica}"))
    }

    /// The process that is this worker. None fails the test.
    #[must_use]
    pub fn worker(&self, number: usize) -> &Imcaxy {
        if self.is_embedded() {
            return self.api(0);
        }
        self.workers.get(number).unwrap_or_else(|| panic!("there is no worker {number}"))
    }

    /// The same, to be treated badly.
    pub fn worker_mut(&mut self, number: usize) -> &mut Imcaxy {
        let (workers, place) =
            if self.is_embedded() { (&mut self.apis, 0) } else { (&mut self.workers, number) };
        workers.get_mut(place).unwrap_or_else(|| panic!("there is no worker {number}"))
    }

    /// Every process, in the order in which work flows.
    pub fn processes(&self) -> impl Iterator<Item = &Imcaxy> {
        self.schedulers.iter().chain(&self.apis).chain(&self.workers)
    }

    /// On which stack it is.
    #[must_use]
    pub fn stack(&self) -> Stack {
        self.scope.stack()
    }

    fn is_embedded(&self) -> bool {
        self.stack() == Stack::Embedded
    }

    /// Gives the processes that are started from now on this setting, by its variable's name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts one more process, the last of its role; it takes the place of one that was killed. On the embedded stack the
    /// one process starts again, if it has ended, and is left as it is if it runs: it has every role.
    pub async fn add(&mut self, role: Role) -> Result<(), KitError> {
        if self.is_embedded() {
            if self.apis.iter_mut().all(Imcaxy::has_ended) {
                self.apis.clear();
                self.apis.push(self.start(Role::Serve, 0).await?);
            }
            return Ok(());
        }
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
        let leftovers = self.leftovers.take();
        self.heal();
        // Jobs that the one process keeps in memory would end with it unseen.
        let living = if self.is_embedded() { self.jobs_that_do_not_end().await } else { Vec::new() };
        self.stop().await;
        if let Some(leftovers) = leftovers {
            let mut left = leftovers(self.scope.clone()).await;
            left.extend(living);
            assert!(left.is_empty(), "nothing should be left over, but there is:\n{}", left.join("\n"));
        }
    }

    /// Ends every process, however it ends: of a system that somebody has looked at, and may have harmed.
    pub async fn end(mut self) {
        for process in self.processes_mut() {
            let _status = process.end().await;
        }
    }

    /// All of it before the first process ends: one that finishes what it has begun may need the others.
    fn heal(&mut self) {
        if let Some(redis) = &self.redis {
            redis.resume();
        }
        self.processes_mut().for_each(Imcaxy::heal);
    }

    async fn stop(&mut self) {
        for process in self.processes_mut() {
            process.stop().await;
        }
    }

    fn processes_mut(&mut self) -> impl Iterator<Item = &mut Imcaxy> {
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
