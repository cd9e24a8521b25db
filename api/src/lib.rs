//! The role that answers HTTP. It never renders: it recognises equal requests, asks for one job and waits for it.

mod absence;
mod access;
mod admin;
mod blocked;
mod breaker;
mod cache_status;
mod coalesce;
mod conditional;
mod confirmed;
mod cors;
mod detour;
mod error;
mod fill;
mod flight;
mod formed;
mod front;
mod headers;
mod health;
mod lease;
mod ledger;
mod listener;
mod lives;
mod lookup;
mod memory;
mod objects;
mod open;
mod openapi;
mod parse;
mod processor;
mod ranges;
mod renewal;
mod reply;
mod routes;
mod samples;
mod secrets;
mod serve;
mod stopwatch;
mod sync;
mod usage;
mod waiting;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::TryFutureExt as _;
use imcaxy_shared::backends::imaginary::{Imaginary, NoClient};
use imcaxy_shared::blocks::KnownBlocks;
use imcaxy_shared::config::{CacheControl, Effective, Settings, as_json};
use imcaxy_shared::discard::Discards;
use imcaxy_shared::entry::{Ages, FAILURE_LIFE, MOST_OPEN};
use imcaxy_shared::guard::Places;
use imcaxy_shared::jobs::ReplicaId;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{
    AuditLog, Blocks, Catalog, Clock, Inventory, JobQueue, Notifier, ObjectStore, Replicas, Revalidations,
    UsageLog,
};
use imcaxy_shared::request::{IgnoredQuery, SourceUrl};
use imcaxy_shared::samples::Samples;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use access::Gate;
use admin::Administrators;
use breaker::Breaker;
use coalesce::Flights;
use confirmed::Confirmed;
use cors::Cors;
use detour::Detour;
use front::Front;
use lease::Lease;
use ledger::LedgerReads;
use listener::{Limits, serve};
use memory::MemoryTier;
use objects::Objects;
use renewal::Renewals;
use usage::Usage;
use waiting::WaitingRoom;

pub use admin::Access;
pub use health::Health;
pub use openapi::reference;
pub use processor::Processor;

/// This part of `cache.memory` is for entries, which are answered while the catalog is away.
const FOR_ENTRIES: u64 = 16;

/// The stores that the role uses.
#[derive(Clone)]
pub struct Stores {
    /// The truth about what may be answered.
    pub catalog: Arc<dyn Catalog>,
    /// The same in lists.
    pub inventory: Arc<dyn Inventory>,
    /// Where uses are counted.
    pub usage: Arc<dyn UsageLog>,
    /// The bytes.
    pub objects: Arc<dyn ObjectStore>,
    /// Where jobs are put.
    pub queue: Arc<dyn JobQueue>,
    /// Where news of them comes from.
    pub notifier: Arc<dyn Notifier>,
    /// Which replicas there are, this one included.
    pub replicas: Arc<dyn Replicas>,
    /// What was asked to be revalidated.
    pub revalidations: Arc<dyn Revalidations>,
    /// Who has changed what.
    pub audit: Arc<dyn AuditLog>,
    /// What is refused.
    pub blocks: Arc<dyn Blocks>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What operators call them.
    pub names: StoreNames,
}

/// What the stores are called where one is said to be away.
#[derive(Clone, Copy, Debug)]
pub struct StoreNames {
    /// Of the catalog.
    pub catalog: &'static str,
    /// Of the objects.
    pub objects: &'static str,
    /// Of the queue.
    pub queue: &'static str,
}

/// What is decided by the settings.
pub(crate) struct Rules {
    processor: Processor,
    salt: String,
    ignored: IgnoredQuery,
    places: Places,
    /// Sources that come from nowhere else.
    samples: Samples,
    max_pixels: Option<u64>,
    wait: Duration,
    /// `queue.max_depth`.
    max_depth: u64,
    gate: Gate,
    cache_control: CacheControl,
    cors: Cors,
    /// How old pictures may get.
    ages: Ages,
    /// Whether origins are asked unasked whether sources have changed.
    checks: bool,
}

impl Rules {
    /// Refuses a source by its place, unless it is one of this process: that is fetched from nobody.
    fn admit(&self, source: &SourceUrl) -> Result<(), String> {
        if self.samples.named(source).is_some() { Ok(()) } else { self.places.admit(source) }
    }
}

/// Everything that a request needs, shared by all.
pub(crate) struct App {
    rules: Rules,
    stores: Stores,
    ledger: Arc<LedgerReads>,
    /// Through which the catalog is asked what may be answered.
    catalog: Breaker,
    objects: Objects,
    confirmed: Confirmed,
    usage: Usage,
    lease: Lease,
    discards: Discards,
    blocks: KnownBlocks,
    memory: MemoryTier,
    renewals: Renewals,
    flights: Flights<flight::Landed>,
    detour: Detour,
    waiting: WaitingRoom,
    /// The imaginaries that are asked how they are.
    imaginary: Vec<Imaginary>,
    lifecycle: Lifecycle,
}

/// A listener that answers from the first moment on: until the stores are there it says that it is not ready.
pub struct Api {
    app: Arc<OnceLock<Arc<App>>>,
    samples: Samples,
    lifecycle: Lifecycle,
}

impl Api {
    /// Starts answering; `effective` is what is told of the settings. The task ends when it is time to stop; what has begun then is answered
    /// by tasks of `lifecycle`.
    pub fn start(
        listeners: Listeners,
        access: Access,
        samples: Samples,
        health: &Health,
        settings: &Settings,
        effective: &[Effective],
        lifecycle: &Lifecycle,
    ) -> (Self, JoinHandle<()>) {
        let app = Arc::new(OnceLock::new());
        let administrators = Arc::new(Administrators::of(access));
        let front = Front {
            app: Arc::clone(&app),
            administrators,
            samples: samples.clone(),
            settings: Arc::new(as_json(effective)),
        };
        let limits = Limits::of(settings);
        let Listeners { images, administration } = listeners;
        let router = routes::images(front.clone(), health.router(), administration.is_none());
        if let Some(listener) = administration {
            let router = routes::administration(front, health.router());
            lifecycle.spawn(serve(listener, router, limits.clone(), lifecycle.clone()));
        }
        let serving = lifecycle.spawn(serve(images, router, limits, lifecycle.clone()));
        (Self { app, samples, lifecycle: lifecycle.clone() }, serving)
    }

    /// Gives the listener the stores that it answers from. `books` ends after the last answer, and then what was counted is written down.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub fn open(
        &self,
        settings: &Settings,
        processor: Processor,
        stores: Stores,
        books: &Lifecycle,
    ) -> Result<(), NoClient> {
        let rules = Rules {
            processor,
            salt: settings.cache.salt.clone(),
            ignored: IgnoredQuery::from_names(settings.sources.ignore_query.clone()),
            places: settings.sources.places(),
            samples: self.samples.clone(),
            max_pixels: settings.requests.max_pixels.0,
            wait: settings.requests.wait,
            max_depth: settings.queue.max_depth.0.unwrap_or(u64::MAX),
            gate: Gate::of(settings),
            cache_control: settings.cache.control.clone(),
            cors: Cors::new(settings.cors.allow.clone()),
            ages: settings.cache.ages(),
            checks: settings.revalidation.interval.0.is_some(),
        };
        let memory = settings.cache.memory.bytes();
        let for_entries = memory / FOR_ENTRIES;
        let ledger = Arc::new(LedgerReads::of(Arc::clone(&stores.catalog), Arc::clone(&stores.clock)));
        let reads = Arc::clone(&ledger);
        let app = App {
            rules,
            ledger,
            // Found again by a read of the ledger, which only a primary with a majority answers.
            catalog: Breaker::of("catalog", &self.lifecycle, move || reads.next().map_ok(drop)),
            objects: Objects::of(&stores.objects, &self.lifecycle),
            discards: Discards::new(
                Arc::clone(&stores.catalog),
                Arc::clone(&stores.replicas),
                Arc::clone(&stores.notifier),
                MOST_OPEN,
            ),
            blocks: KnownBlocks::of(Arc::clone(&stores.blocks)),
            stores,
            confirmed: Confirmed::new(for_entries),
            usage: Usage::new(),
            lease: Lease::new(ReplicaId::new(rand::random())),
            memory: MemoryTier::new(memory - for_entries),
            renewals: Renewals::new(settings.negative.ttl.0.unwrap_or(FAILURE_LIFE)),
            flights: Flights::default(),
            detour: Detour::of(&settings.degraded)?,
            waiting: WaitingRoom::new(settings.requests.max_waiting.0.unwrap_or(usize::MAX)),
            imaginary: Imaginary::all(&settings.imaginary)?,
            lifecycle: self.lifecycle.clone(),
        };
        let app = Arc::new(app);
        match self.app.set(Arc::clone(&app)) {
            Ok(()) => {
                lease::hold(&app);
                usage::start(&app, settings.stats.flush, books);
            }
            Err(_) => tracing::error!("the stores were opened twice; the first ones are used"),
        }
        Ok(())
    }
}

/// Where the role answers.
pub struct Listeners {
    /// `listen`.
    pub images: TcpListener,
    /// `admin.listen`; without it the administration is answered beside the images.
    pub administration: Option<TcpListener>,
}
