//! The role that takes jobs: fetches sources, has them rendered, keeps the results and tells those who wait.

mod change;
mod check;
mod direct;
mod discarded;
mod dispatch;
mod ending;
mod errand;
mod failure;
mod fetch;
mod handlers;
mod history;
mod hold;
mod keep;
mod lease;
mod ledger;
mod lend;
mod listener;
mod make;
mod origin;
mod outcomes;
mod outdated;
mod persist;
mod places;
mod processor;
mod reaper;
mod refresh;
mod relay;
mod rules;
pub mod samples;
mod source;
mod spell;
mod suits;
mod switch;
mod took;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use imcaxy_shared::backends::imaginary::{self, CONNECT};
use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::blocks::KnownBlocks;
use imcaxy_shared::config::{Degraded, Settings};
use imcaxy_shared::discard::Discards;
use imcaxy_shared::entry::{Ages, Lives, MOST_OPEN_BY_UPKEEP, Rhythm};
use imcaxy_shared::jobs::WorkerId;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{
    ASKED_AGAIN, AuditLog, Blocks, Catalog, Clock, Inventory, JobHistory, JobQueue, Notifier, ObjectStore,
    Outbox, Replicas, Revalidations, UsageLog,
};
use imcaxy_shared::request::IgnoredQuery;
use imcaxy_shared::samples::Samples;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use check::Turns;
use direct::Desk;
pub use dispatch::WorkerBroke;
use dispatch::{Limits, dispatch};
use ending::Settler;
use history::Chronicle;
use hold::Hold;
use keep::Keep;
use listener::Counters;
use origin::{Bounds, Origin};
use places::HostPlaces;
use processor::Processor;
pub use processor::{Picture, engine};
use reaper::Reaper;
use relay::{Lender, Table};
pub use relay::{Trial, try_relay};
use rules::Walks;
use source::MOST_ROUNDS;

/// What the stores may take of an attempt, beside the fetch and the render.
const STORES: Duration = Duration::from_secs(30);
/// How long after the end of its attempt a render may still be writing.
const RENDERS_END: Duration = Duration::from_secs(10);
/// What a call may take that finds no imaginary to connect to, before another is asked.
const CALLED_IN_VAIN: Duration = CONNECT;
/// How long a queue that failed is left alone.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(50), longest: Duration::from_secs(2) };
/// How long ending a claim is tried.
const FINISH: Duration = Duration::from_secs(5);
/// How long running jobs may go on when the process is asked to end.
const DRAIN: Duration = Duration::from_secs(30);
/// How long direct renders may go on when the last job has ended.
const DIRECT_RENDERS_END: Duration = Duration::from_secs(20);

/// The stores that the role uses.
pub struct Stores {
    /// The truth about what may be answered.
    pub catalog: Arc<dyn Catalog>,
    /// What there is, in lists.
    pub inventory: Arc<dyn Inventory>,
    /// Those that answer with what is in the catalog.
    pub replicas: Arc<dyn Replicas>,
    /// The bytes.
    pub objects: Arc<dyn ObjectStore>,
    /// Where jobs come from.
    pub queue: Arc<dyn JobQueue>,
    /// Where those who wait are told.
    pub notifier: Arc<dyn Notifier>,
    /// Where jobs that have ended are written down.
    pub history: Arc<dyn JobHistory>,
    /// Where work is put that must not be lost.
    pub outbox: Arc<dyn Outbox>,
    /// Where uses are counted.
    pub usage: Arc<dyn UsageLog>,
    /// Where it is written down what was asked to be revalidated.
    pub revalidations: Arc<dyn Revalidations>,
    /// Where it is written down who has changed what.
    pub audit: Arc<dyn AuditLog>,
    /// What is refused.
    pub blocks: Arc<dyn Blocks>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Everything that a handler needs.
pub(crate) struct Parts {
    catalog: Arc<dyn Catalog>,
    inventory: Arc<dyn Inventory>,
    objects: Arc<dyn ObjectStore>,
    notifier: Arc<dyn Notifier>,
    history: Arc<dyn JobHistory>,
    outbox: Arc<dyn Outbox>,
    usage: Arc<dyn UsageLog>,
    revalidations: Arc<dyn Revalidations>,
    audit: Arc<dyn AuditLog>,
    blocks: KnownBlocks,
    clock: Arc<dyn Clock>,
    /// Of what was found changed.
    discards: Discards,
    origin: Origin,
    /// Pictures that are fetched from nobody.
    samples: Samples,
    /// How much is read of each source.
    bounds: Bounds,
    /// Fetched sources that jobs share.
    keep: Keep,
    /// Whose turn it is at a host.
    places: HostPlaces,
    /// Whose turn it is to ask a host about a source.
    turns: Turns,
    /// What makes pictures, and its name in entries.
    processor: Processor,
    processor_name: String,
    /// Enters every key.
    salt: String,
    /// How imaginary gets watermark images; `None` where it has no way to this process.
    lender: Option<Lender>,
    ignored: IgnoredQuery,
    max_redirects: usize,
    /// Whether sources are kept whose origins do not want it.
    store_private: bool,
    source_timeout: Duration,
    /// `requests.max_pixels`.
    max_result: Option<u64>,
    scan_min_age: Duration,
    /// For how many days uses are kept, if not for ever.
    keep_days: Option<Duration>,
    /// How long failures are remembered.
    lives: Lives,
    /// How old pictures may get.
    ages: Ages,
    /// A refresh renders again what was used within this time; `None`: everything.
    refresh_window: Option<Duration>,
    /// How often origins are asked whether sources have changed.
    rhythm: Rhythm,
    /// Within this time every render ends that has begun.
    renders_end: Duration,
    /// How far this process has gone over the sources of discards that are open.
    walks: Walks,
}

/// A worker, ready to run.
pub struct Worker {
    parts: Arc<Parts>,
    queue: Arc<dyn JobQueue>,
    relay: Option<(TcpListener, Arc<Table>)>,
    degraded: Degraded,
    limits: Limits,
}

/// Where a worker is asked directly: by imaginary for watermark images, and for renders while the queue is away.
pub struct Relay {
    /// Where it is asked.
    pub listener: TcpListener,
    /// The base URL, without a slash at its end, under which imaginary reaches that; `None` where it does not.
    pub base: Option<String>,
}

/// A worker that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// No client for sources.
    #[error("an HTTP client for sources cannot be set up: {0}")]
    Sources(#[from] reqwest::Error),
    /// No client for imaginary.
    #[error(transparent)]
    Imaginary(#[from] imaginary::NoClient),
}

impl Worker {
    /// A worker that renders with the imaginaries of the settings, or with the built-in engine where they name none, named `processor` in
    /// entries. Sources that are `samples` it reads by itself. Without a `relay` imaginary has no way to it for watermark images.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub fn new(
        settings: &Settings,
        processor: &str,
        stores: Stores,
        samples: Samples,
        relay: Option<Relay>,
    ) -> Result<Self, NoClient> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let concurrency = settings.worker.concurrency.unwrap_or(2 * cores);
        // How long a render waits for its turn in imaginary: those who wait for it wait no longer.
        let place_within = settings.requests.wait;
        let attempt = settings.sources.timeout.time() * MOST_ROUNDS
            + place_within
            + CALLED_IN_VAIN
            + settings.imaginary.timeout
            + STORES;
        let (lender, relay) = match relay {
            Some(Relay { listener, base }) => {
                let table = Arc::new(Table::default());
                (base.map(|base| Lender::new(base, Arc::clone(&table))), Some((listener, table)))
            }
            None => (None, None),
        };
        let discards = Discards::new(
            Arc::clone(&stores.catalog),
            stores.replicas,
            Arc::clone(&stores.notifier),
            MOST_OPEN_BY_UPKEEP,
        );
        let parts = Parts {
            discards,
            catalog: stores.catalog,
            inventory: stores.inventory,
            objects: stores.objects,
            notifier: stores.notifier,
            history: stores.history,
            outbox: stores.outbox,
            usage: stores.usage,
            revalidations: stores.revalidations,
            audit: stores.audit,
            blocks: KnownBlocks::of(stores.blocks),
            clock: stores.clock,
            origin: Origin::new(&settings.sources)?,
            samples,
            bounds: Bounds::new(settings.sources.max_bytes.bytes(), relay::READ as u64),
            keep: Keep::new(settings.sources.keep.0.unwrap_or_default(), settings.sources.keep_bytes.bytes()),
            places: HostPlaces::new(settings.sources.per_host_concurrency),
            turns: Turns::default(),
            processor: Processor::new(&settings.imaginary, place_within, settings.requests.max_pixels.0)?,
            lender,
            processor_name: processor.to_owned(),
            salt: settings.cache.salt.clone(),
            refresh_window: settings.cache.refresh_window.0,
            ignored: IgnoredQuery::from_names(settings.sources.ignore_query.clone()),
            max_redirects: settings.sources.max_redirects.0.unwrap_or(usize::MAX),
            store_private: settings.sources.store_private,
            source_timeout: settings.sources.timeout.time(),
            max_result: settings.requests.max_pixels.0,
            scan_min_age: settings.scan.min_age,
            keep_days: settings.stats.keep_days.0,
            ages: settings.cache.ages(),
            rhythm: settings.revalidation.rhythm(),
            lives: Lives { first: settings.negative.ttl.0, longest: settings.negative.max_ttl.0 },
            renders_end: attempt + RENDERS_END,
            walks: Walks::default(),
        };
        let limits = Limits {
            concurrency: NonZeroUsize::new(concurrency).unwrap_or(NonZeroUsize::MIN),
            attempt,
            patience: settings.requests.wait + ASKED_AGAIN,
            drain: DRAIN,
        };
        let degraded = settings.degraded.clone();
        Ok(Self { parts: Arc::new(parts), queue: stores.queue, relay, degraded, limits })
    }

    /// Takes jobs until it is time to stop, and ends those that run.
    ///
    /// # Errors
    /// The runtime under the jobs ended by itself.
    pub async fn run(self, lifecycle: &Lifecycle) -> Result<(), WorkerBroke> {
        let id = WorkerId::new(rand::random());
        tracing::info!(worker = %id, concurrency = self.limits.concurrency, "taking jobs");
        let parts = Arc::clone(&self.parts);
        let settler = Arc::new(Settler {
            queue: self.queue,
            notifier: Arc::clone(&parts.notifier),
            catalog: Arc::clone(&parts.catalog),
            clock: Arc::clone(&parts.clock),
            history: Chronicle::start(Arc::clone(&parts.history), lifecycle),
            worker: id.clone(),
            lives: parts.lives,
            backoff: BACKOFF,
            within: FINISH,
        });
        let reaper = Reaper { settler: Arc::clone(&settler), patience: self.limits.patience };
        let reaping = lifecycle.clone();
        lifecycle.spawn(async move { reaper.run(&reaping).await });
        let (watching, watched) = (lifecycle.clone(), Arc::clone(&parts));
        lifecycle.spawn(async move { watched.processor.watch(&watching).await });
        // Until the last job has ended.
        let closing = CancellationToken::new();
        let desk = Desk::of(&self.degraded, &parts, lifecycle).map(Arc::new);
        let relay = self.relay.map(|(listener, table)| {
            lifecycle.spawn(listener::serve(listener, Counters { table, desk }, closing.clone()))
        });
        let handler = move |hold: Arc<Hold>| {
            let parts = Arc::clone(&self.parts);
            async move { handlers::handle(&parts, &hold).await }.boxed()
        };
        let ended = dispatch(settler, &id, Arc::new(handler), self.limits, lifecycle).await;
        closing.cancel();
        if let Some(relay) = relay {
            // Who asked for one that takes longer is told by the closed connection.
            drop(timeout(DIRECT_RENDERS_END, relay).await);
        }
        ended
    }
}
