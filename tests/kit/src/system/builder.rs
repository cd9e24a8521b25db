//! Describing a system before it is started.

use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Scope, System};
use crate::output::Output;
use crate::process::binary_from_env;
use crate::{Gauge, KitError, Origin, OwnRedis, Persistence, Role, Servers, http};

/// Looks for what should not be left over, and names each such thing.
pub(super) type Leftovers = Box<dyn FnOnce(Scope) -> BoxFuture<'static, Vec<String>> + Send>;

/// A system that is about to be started.
pub struct Builder {
    apis: usize,
    workers: usize,
    schedulers: usize,
    settings: Vec<(String, String)>,
    proxied: bool,
    own_redis: Option<Persistence>,
    steppable_clock: bool,
    binary: Option<PathBuf>,
    output: Output,
    leftovers: Option<Leftovers>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            apis: 1,
            workers: 1,
            schedulers: 0,
            settings: Vec::new(),
            proxied: false,
            own_redis: None,
            steppable_clock: false,
            binary: None,
            output: Output::Kept,
            leftovers: None,
        }
    }
}

impl Builder {
    /// With so many processes that answer HTTP.
    #[must_use]
    pub fn apis(mut self, count: usize) -> Self {
        self.apis = count;
        self
    }

    /// With so many processes that take jobs.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// With so many processes that enqueue the periodic jobs.
    #[must_use]
    pub fn schedulers(mut self, count: usize) -> Self {
        self.schedulers = count;
        self
    }

    /// With this setting, by its variable's name, for every process; it takes the place of the system's own.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With links of its own to Redis, MongoDB, S3 and imaginary for each process, those started later too; see
    /// [`Imcaxy::links`](crate::Imcaxy::links).
    #[must_use]
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// With a Redis that nobody else uses; see [`System::redis`].
    #[must_use]
    pub fn own_redis(mut self, persistence: Persistence) -> Self {
        self.own_redis = Some(persistence);
        self
    }

    /// With a Redis that nobody else uses and whose wall clock can be stepped.
    #[must_use]
    pub fn steppable_clock(mut self) -> Self {
        self.own_redis.get_or_insert(Persistence::None);
        self.steppable_clock = true;
        self
    }

    /// Of this binary, instead of the one that the environment names.
    #[must_use]
    pub fn binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = Some(path.into());
        self
    }

    /// With the processes' output going there.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// With a look for what should not be left over, after the last process has ended.
    #[must_use]
    pub fn leftovers<Found>(mut self, find: impl FnOnce(Scope) -> Found + Send + 'static) -> Self
    where
        Found: Future<Output = Vec<String>> + Send + 'static,
    {
        self.leftovers = Some(Box::new(|scope| find(scope).boxed()));
        self
    }

    /// Starts the origin, the gauge and all processes, and waits until each is ready.
    pub async fn start(self, servers: &Servers) -> Result<System, KitError> {
        let binary = match self.binary {
            Some(binary) => binary,
            None => binary_from_env()?,
        };
        let name = format!("imcaxy-test-{}", hex::encode(rand::random::<[u8; 6]>()));
        let redis = match self.own_redis {
            Some(persistence) => Some(OwnRedis::start(persistence, self.steppable_clock).await?),
            None => None,
        };
        let scope = Scope {
            redis_url: redis.as_ref().map_or_else(|| servers.redis_url.clone(), OwnRedis::url),
            namespace: name.clone(),
            mongodb_url: servers.mongodb_database(&name),
            s3: servers.s3.clone(),
            bucket: name.clone(),
            admin_token: hex::encode(rand::random::<[u8; 16]>()),
        };
        let gauge = Gauge::start(&servers.imaginary_url).await;
        let mut system = System {
            origin: Origin::start().await,
            settings: settings(servers, &name, &scope, &gauge, self.settings),
            gauge,
            apis: Vec::new(),
            workers: Vec::new(),
            schedulers: Vec::new(),
            scope,
            redis,
            proxied: self.proxied,
            client: http::client(),
            binary,
            output: self.output,
            leftovers: self.leftovers,
        };
        let (apis, workers, schedulers) = tokio::try_join!(
            system.start_several(Role::Api, self.apis),
            system.start_several(Role::Worker, self.workers),
            system.start_several(Role::Scheduler, self.schedulers)
        )?;
        (system.apis, system.workers, system.schedulers) = (apis, workers, schedulers);
        Ok(system)
    }
}

/// Later ones win, where a name comes twice.
fn settings(
    servers: &Servers,
    name: &str,
    scope: &Scope,
    gauge: &Gauge,
    given: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let own = [
        ("IMCAXY_REDIS_URL", scope.redis_url.as_str()),
        ("IMCAXY_IMAGINARY_URL", gauge.url()),
        ("IMCAXY_SOURCES_ALLOW", "*"),
        ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8"),
        ("IMCAXY_ADMIN_TOKEN", &scope.admin_token),
    ];
    let shared = servers.settings(name).into_iter().map(|(name, value)| (name.to_owned(), value));
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    shared.chain(own).chain(given).collect()
}
