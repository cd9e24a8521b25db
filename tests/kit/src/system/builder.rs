//! Describing a system before it is started.

use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::scope::{RemoteStores, Stores};
use super::{Scope, Stack, System};
use crate::output::Output;
use crate::process::binary_from_env;
use crate::{Gauge, KitError, Origin, OwnRedis, Persistence, Role, Servers, http};

/// Looks for what should not be left over, and names each such thing.
pub(super) type Leftovers = Box<dyn FnOnce(Scope) -> BoxFuture<'static, Vec<String>> + Send>;

/// A system that is about to be started.
pub struct Builder {
    stack: Stack,
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
            stack: Stack::Remote,
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
    /// On this stack. The embedded one has one process, `imcaxy serve`, however many of which role were asked for: every
    /// replica, worker and scheduler is that one.
    #[must_use]
    pub fn stack(mut self, stack: Stack) -> Self {
        self.stack = stack;
        self
    }

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

    /// Starts the origin, the gauge and all processes, and waits until each is ready. Links and a Redis are the remote
    /// stack's: an embedded system that is to have them fails the test.
    pub async fn start(self, servers: &Servers) -> Result<System, KitError> {
        let embedded = self.stack == Stack::Embedded;
        assert!(!embedded || !self.proxied && self.own_redis.is_none(), "an embedded system has no servers");
        let binary = match self.binary {
            Some(binary) => binary,
            None => binary_from_env()?,
        };
        let redis = match self.own_redis {
            Some(persistence) => Some(OwnRedis::start(persistence, self.steppable_clock).await?),
            None => None,
        };
        let stores = match self.stack {
            Stack::Remote => Stores::Remote(remote(servers, redis.as_ref())),
            Stack::Embedded => Stores::embedded()?,
        };
        let scope = Scope { admin_token: hex::encode(rand::random::<[u8; 16]>()), stores };
        let gauge = Gauge::start(&servers.imaginary_url).await;
        let mut system = System {
            origin: Origin::start().await,
            settings: settings(servers, &scope, &gauge, self.settings),
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
        if embedded {
            system.add(Role::Serve).await?;
            return Ok(system);
        }
        let (apis, workers, schedulers) = tokio::try_join!(
            system.start_several(Role::Api, self.apis),
            system.start_several(Role::Worker, self.workers),
            system.start_several(Role::Scheduler, self.schedulers)
        )?;
        (system.apis, system.workers, system.schedulers) = (apis, workers, schedulers);
        Ok(system)
    }
}

/// Names that nobody else has.
fn remote(servers: &Servers, redis: Option<&OwnRedis>) -> RemoteStores {
    let name = format!("imcaxy-test-{}", hex::encode(rand::random::<[u8; 6]>()));
    RemoteStores {
        redis_url: redis.map_or_else(|| servers.redis_url.clone(), OwnRedis::url),
        mongodb_url: servers.mongodb_database(&name),
        s3: servers.s3.clone(),
        namespace: name.clone(),
        bucket: name,
    }
}

/// Later ones win, where a name comes twice.
fn settings(
    servers: &Servers,
    scope: &Scope,
    gauge: &Gauge,
    given: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut settings: Vec<(&str, String)> = match &scope.stores {
        Stores::Remote(stores) => {
            let mut shared = servers.settings(&stores.namespace);
            shared.push(("IMCAXY_REDIS_URL", stores.redis_url.clone()));
            shared
        }
        Stores::Embedded(folder) => vec![("IMCAXY_DATA_DIR", folder.path().display().to_string())],
    };
    settings.extend([
        ("IMCAXY_IMAGINARY_URL", gauge.url().to_owned()),
        ("IMCAXY_SOURCES_ALLOW", "*".to_owned()),
        ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8".to_owned()),
        ("IMCAXY_ADMIN_TOKEN", scope.admin_token.clone()),
    ]);
    let own = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
    own.chain(given).collect()
}
