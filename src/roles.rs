//! Composition: open the backends once, start the roles, join them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::select_all;
use imcaxy_api::{Access, Api, Health, Stores};
use imcaxy_scheduler::Scheduler;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Policy, Redis};
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::config::{ConfigError, Remote, Settings};
use imcaxy_shared::lifecycle::{Lifecycle, asked_to_end};
use imcaxy_shared::ports::{
    Catalog, Clock, JobHistory, JobQueue, Notifier, ObjectStore, Outbox, PortError, SystemClock, Trouble,
};
use imcaxy_worker::Worker;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cli::environment;
use crate::run_token;

/// What enters the key as the maker of the picture.
const PROCESSOR: &str = "imaginary";
/// What an answer may take once its picture is there.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a worker may take to end its jobs: its own drain, and what ending them takes.
const WORKER_PATIENCE: Duration = Duration::from_secs(40);
/// The pause after the first failure to reach a store at start; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Which roles this process has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Roles {
    pub api: bool,
    pub worker: bool,
    pub scheduler: bool,
}

/// Why a process ends that nobody asked to.
pub(crate) enum Stop {
    /// It cannot be started so.
    Configuration(ConfigError),
    /// It failed.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Stop {
    fn from(cause: E) -> Self {
        Self::Failed(Box::new(cause))
    }
}

/// The stores, open.
struct Backends {
    catalog: Arc<dyn Catalog>,
    objects: Arc<dyn ObjectStore>,
    queue: Arc<dyn JobQueue>,
    notifier: Arc<dyn Notifier>,
    history: Arc<dyn JobHistory>,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
}

/// Runs the roles until the process is asked to end.
pub(crate) fn run(roles: Roles, settings: &Settings) -> Result<(), Stop> {
    let variable = |name: &str| environment().find(|(known, _)| known == name).map(|(_, value)| value);
    let remote = settings.remote(variable).map_err(Stop::Configuration)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(live(roles, settings, &remote))
}

/// The roles end in the order in which work flows: who asks for jobs first, who does them last, so that a request that is
/// being answered still finds a worker.
#[derive(Default)]
struct Lives {
    /// Listeners and the scheduler.
    front: Lifecycle,
    /// The worker.
    back: Lifecycle,
}

impl Lives {
    /// Ends the roles, `patience` for those in front to answer what they have begun.
    async fn end(&self, patience: Duration) {
        for (part, patience) in [(&self.front, patience), (&self.back, WORKER_PATIENCE)] {
            part.stop();
            if !part.join(patience).await {
                tracing::warn!("some work did not end in time and is given up");
            }
        }
    }
}

async fn live(roles: Roles, settings: &Settings, remote: &Remote) -> Result<(), Stop> {
    let redis = check_urls(settings, remote).await?;
    let lives = Lives::default();
    let begin = begin(roles, settings, remote, &lives);
    tokio::select! {
        begun = begin => match begun? {},
        evicts = keeps_everything(redis) => match evicts? {},
        asked = asked_to_end() => asked?,
    }
    tracing::info!("asked to end: what has begun is finished");
    tokio::select! {
        () = lives.end(settings.requests.wait + ANSWER) => Ok(()),
        _ = asked_to_end() => Err(Stop::Failed("asked to end once more: what has begun is given up".into())),
    }
}

/// Starts the roles. Returns only when that fails.
async fn begin(
    roles: Roles,
    settings: &Settings,
    remote: &Remote,
    lives: &Lives,
) -> Result<Infallible, Stop> {
    let health = Health::new(&lives.front);
    if let Some(address) = settings.probe.listen {
        health.start(bind("probe.listen", address).await?);
    }
    let mut running = Vec::new();
    let mut api = None;
    if roles.api {
        let (listening, serving) = listen(settings, &health, &lives.front).await?;
        running.push(lives.front.spawn(async move { Ok(serving.await??) }));
        api = Some(listening);
    }
    let backends = open(settings, remote).await?;
    health.reached(&backends.stores());
    tracing::info!("the stores are reached");
    if let Some(api) = api {
        api.open(settings, PROCESSOR, backends.stores());
    }
    if roles.scheduler {
        let (scheduler, life) = (backends.scheduler(), lives.front.clone());
        running.push(lives.front.spawn(async move { scheduler.run(&life).await.map_err(Stop::from) }));
    }
    if roles.worker {
        let (worker, life) = (backends.worker(settings, remote)?, lives.back.clone());
        running.push(lives.back.spawn(async move { worker.run(&life).await.map_err(Stop::from) }));
    }
    // A role that ends before it is asked to has failed, and the process with it: somebody will start another.
    let (ended, ..) = select_all(running).await;
    ended??;
    Err(Stop::Failed("a role ended by itself".into()))
}

/// Answers from now on, if only to say that the stores are not there yet.
async fn listen(
    settings: &Settings,
    health: &Health,
    lifecycle: &Lifecycle,
) -> Result<(Api, JoinHandle<io::Result<()>>), Stop> {
    let listener = bind("listen", settings.listen).await?;
    let address = listener.local_addr()?;
    let access = match &settings.admin.token {
        Some(token) => Access::Token(token.clone()),
        None if address.ip().is_loopback() => Access::RunToken(run_token::make(&settings.data_dir)?),
        None => Access::Nobody,
    };
    tracing::info!("listening on http://{address}");
    match &access {
        Access::Token(_) => {}
        Access::RunToken(_) => tracing::info!(
            "no admin.token is set: this machine may administer with the token in {}",
            settings.data_dir.join("run-token").display()
        ),
        Access::Nobody => tracing::info!("no admin.token is set: the administration is off"),
    }
    Ok(Api::start(listener, access, health, lifecycle))
}

async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|cause| {
        Stop::Configuration(ConfigError::new(format!("{setting} = {address}: cannot listen there: {cause}")))
    })
}

/// Opens the backends, trying until the catalog and the object store were reached once: a process that starts before its
/// stores waits for them.
async fn open(settings: &Settings, remote: &Remote) -> Result<Backends, Stop> {
    let catalog = MongoCatalog::open(&remote.mongodb_url).await.map_err(misconfigured)?;
    let objects = S3Objects::open(&remote.s3);
    let mut pause = FIRST_PAUSE;
    let incarnation = loop {
        let reached = async {
            catalog.prepare(rand::random()).await?;
            objects.create_bucket().await?;
            catalog.ledger().await
        };
        match reached.await {
            Ok(ledger) => break ledger.incarnation,
            Err(cause) => tracing::warn!(%cause, "a store cannot be reached yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    let redis =
        Redis::open(&remote.redis, Keys::new(&settings.namespace, &incarnation)).map_err(misconfigured)?;
    Ok(Backends {
        history: Arc::new(catalog.clone()),
        outbox: Arc::new(catalog.clone()),
        catalog: Arc::new(catalog),
        objects: Arc::new(objects),
        queue: Arc::new(redis.queue()),
        notifier: Arc::new(redis.notifier()),
        clock: Arc::new(SystemClock),
    })
}

/// A URL that is not understood is told before anything is started. Answers a Redis for [`keeps_everything`].
async fn check_urls(settings: &Settings, remote: &Remote) -> Result<Redis, Stop> {
    let redis = Redis::open(&remote.redis, Keys::new(&settings.namespace, "")).map_err(misconfigured)?;
    MongoCatalog::open(&remote.mongodb_url).await.map_err(misconfigured)?;
    Ok(redis)
}

/// Asks Redis at the first contact what it does when its memory is full, and returns only when that cannot be lived with. While it is
/// away the process runs: hits go on without it.
async fn keeps_everything(redis: Redis) -> Result<Infallible, Stop> {
    let mut pause = FIRST_PAUSE;
    let policy = loop {
        match redis.policy().await {
            Ok(policy) => break policy,
            Err(cause) if cause.trouble() == Trouble::Unusable => return Err(misconfigured(cause)),
            Err(cause) => tracing::debug!(%cause, "redis does not tell its eviction policy yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    drop(redis);
    match policy {
        Policy::Keeps => {}
        Policy::Evicts { policy } => {
            return Err(Stop::Configuration(ConfigError::new(format!(
                "the Redis at redis.url has maxmemory-policy {policy}, and noeviction is needed: it would throw away \
                 jobs and claims when it is full; set maxmemory-policy noeviction there, or name another Redis"
            ))));
        }
        Policy::Untold => {
            tracing::warn!("redis does not tell its maxmemory-policy; make sure that it is noeviction");
        }
    }
    std::future::pending().await
}

fn misconfigured(cause: PortError) -> Stop {
    match cause.trouble() {
        Trouble::Unusable => Stop::Configuration(ConfigError::new(cause.to_string())),
        Trouble::Unavailable => cause.into(),
    }
}

impl Backends {
    fn stores(&self) -> Stores {
        Stores {
            catalog: Arc::clone(&self.catalog),
            objects: Arc::clone(&self.objects),
            queue: Arc::clone(&self.queue),
            notifier: Arc::clone(&self.notifier),
            clock: Arc::clone(&self.clock),
        }
    }

    fn scheduler(&self) -> Scheduler {
        Scheduler {
            catalog: Arc::clone(&self.catalog),
            outbox: Arc::clone(&self.outbox),
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.clock),
        }
    }

    fn worker(&self, settings: &Settings, remote: &Remote) -> Result<Worker, Stop> {
        let stores = imcaxy_worker::Stores {
            catalog: Arc::clone(&self.catalog),
            objects: Arc::clone(&self.objects),
            queue: Arc::clone(&self.queue),
            notifier: Arc::clone(&self.notifier),
            history: Arc::clone(&self.history),
            outbox: Arc::clone(&self.outbox),
            clock: Arc::clone(&self.clock),
        };
        let built = Worker::new(settings, remote.imaginary_url.clone(), PROCESSOR, stores);
        built.map_err(|cause| Stop::Failed(Box::new(cause)))
    }
}
