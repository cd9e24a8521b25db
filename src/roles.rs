//! Which roles a process has, and in which order they begin and end.

use std::convert::Infallible;
use std::time::Duration;

use futures::future::select_all;
use imcaxy_api::{Api, Health, Listeners, Processor};
use imcaxy_shared::config::{ConfigError, Effective, Settings, Stack};
use imcaxy_shared::lifecycle::{Lifecycle, asked_to_end};
use imcaxy_shared::samples::Samples;
use imcaxy_shared::telemetry;
use imcaxy_worker::Worker;
use imcaxy_worker::engine::{self, Engine};
use tokio::task::JoinHandle;

use crate::backends::Unopened;
use crate::configuration::{Configuration, with_stack};
use crate::data_dir::DataDir;
use crate::eviction::keeps_everything;
use crate::listen::{access, bind, listeners};
use crate::lives::Lives;
use crate::open_files;
use crate::relay::relay;
use crate::stop::Stop;
use crate::welcome;

/// What an answer may take once its picture is there.
const ANSWER: Duration = Duration::from_secs(5);
/// How long threads that are busy are waited for when everything else has ended.
const THREADS_END: Duration = Duration::from_secs(1);

/// Which roles this process has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Roles {
    pub api: bool,
    pub worker: bool,
    pub scheduler: bool,
}

impl Roles {
    /// The embedded stack is one process's, which has all roles.
    fn fit(self, stack: &Stack) -> Result<(), ConfigError> {
        let Self { api, worker, scheduler } = self;
        match stack {
            Stack::Embedded if !(api && worker && scheduler) => Err(ConfigError::new(
                "a role of its own needs the remote stack: set redis.url, mongodb.url and s3.bucket, or run imcaxy serve, which \
                 has all roles and keeps everything in data_dir",
            )),
            _ => Ok(()),
        }
    }
}

/// Runs the roles until the process is asked to end.
pub(crate) fn run(roles: Roles, configuration: &Configuration) -> Result<(), Stop> {
    let settings = configuration.settings().map_err(Stop::Configuration)?;
    telemetry::start(&settings.log).map_err(Stop::Configuration)?;
    for warning in configuration.warnings() {
        tracing::warn!("{warning}");
    }
    open_files::as_many_as_granted();
    let (settings, stack) = with_stack(settings).map_err(Stop::Configuration)?;
    roles.fit(&stack).map_err(Stop::Configuration)?;
    let _data_dir = match stack {
        Stack::Embedded => Some(DataDir::lock(&settings.data_dir)?),
        Stack::Remote(_) => None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let lived = runtime.block_on(live(roles, &settings, &configuration.effective(), &stack));
    // What was given up may hold a thread that nobody can end.
    runtime.shutdown_timeout(THREADS_END);
    lived
}

async fn live(roles: Roles, settings: &Settings, effective: &[Effective], stack: &Stack) -> Result<(), Stop> {
    let stores = Unopened::read(settings, stack).await?;
    let redis = stores.redis();
    let lives = Lives::default();
    let begin = begin(roles, stores, settings, effective, &lives);
    tokio::select! {
        // First: whoever finds the process ready may ask it to end.
        biased;
        asked = asked_to_end() => asked?,
        begun = begin => match begun? {},
        evicts = keeps_everything(redis) => match evicts? {},
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
    stores: Unopened,
    settings: &Settings,
    effective: &[Effective],
    lives: &Lives,
) -> Result<Infallible, Stop> {
    let health = Health::new(&lives.front);
    if let Some(address) = settings.probe.listen {
        let listener = bind("probe.listen", address).await?;
        tracing::info!("probes are answered on http://{}", listener.local_addr()?);
        health.start(listener, settings);
    }
    let mut running = Vec::new();
    let (mut api, mut samples, mut welcome) = (None, Samples::default(), Vec::new());
    if roles.api {
        let listeners = listeners(settings).await?;
        let address = listeners.images.local_addr()?;
        samples = stores.samples(address);
        if let Unopened::Embedded(_) = stores {
            welcome = welcome::lines(settings, address, &samples);
        }
        let (listening, serving) = answer(listeners, &samples, settings, effective, &health, &lives.front)?;
        running.push(lives.front.spawn(async move { Ok(serving.await?) }));
        api = Some(listening);
    }
    let relay = if roles.worker { relay(settings).await? } else { None };
    let backends = stores.open(settings).await?;
    if let Some(api) = api {
        api.open(settings, processor(settings), backends.api(), &lives.books)?;
    }
    health.reached(&backends.api());
    tracing::info!("the catalog and the object store are reached");
    if roles.scheduler {
        let (scheduler, life) = (backends.scheduler(settings), lives.front.clone());
        running.push(lives.front.spawn(async move { scheduler.run(&life).await.map_err(Stop::from) }));
    }
    if roles.worker {
        let worker = Worker::new(settings, processor(settings).name, backends.worker(), samples, relay);
        let (worker, life) = (worker.map_err(|cause| Stop::Failed(Box::new(cause)))?, lives.back.clone());
        running.push(lives.back.spawn(async move { worker.run(&life).await.map_err(Stop::from) }));
    }
    welcome.iter().for_each(|line| tracing::info!("{line}"));
    // A role that ends before it is asked to has failed, and the process with it: somebody will start another.
    let (ended, ..) = select_all(running).await;
    ended??;
    Err(Stop::Failed("a role ended by itself".into()))
}

/// What makes the pictures. What an imaginary lacks it says itself.
fn processor(settings: &Settings) -> Processor {
    if settings.imaginary.renders() {
        Processor { name: "imaginary", check: |_| Ok(()) }
    } else {
        Processor { name: engine::NAME, check: Engine::check }
    }
}

/// Answers from now on, if only to say that the stores are not there yet.
fn answer(
    listeners: Listeners,
    samples: &Samples,
    settings: &Settings,
    effective: &[Effective],
    health: &Health,
    lifecycle: &Lifecycle,
) -> Result<(Api, JoinHandle<()>), Stop> {
    let administered = listeners.administration.as_ref().unwrap_or(&listeners.images);
    let access = access(settings, administered.local_addr()?)?;
    Ok(Api::start(listeners, access, samples.clone(), health, settings, effective, lifecycle))
}
