//! The stores of a process, and what each role gets of them. This is where it is decided which backend is behind which port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use imcaxy_api::StoreNames;
use imcaxy_scheduler::Scheduler;
use imcaxy_shared::backends::files::FileObjects;
use imcaxy_shared::backends::local::{LocalNotifier, LocalQueue};
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis};
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::config::{Remote, Settings, Stack};
use imcaxy_shared::ports::{
    AuditLog, Blocks, Catalog, Clock, DiscardLog as _, Inventory, JobHistory, JobQueue, Notifier,
    ObjectStore, Outbox, PortError, Replicas, Revalidations, SystemClock, Ticks, UsageLog,
};

use crate::data_dir::catalog;
use imcaxy_shared::samples::Samples;
use imcaxy_worker::samples::draw;

use crate::listen::reached_at;
use crate::reach::until_reached;
use crate::stop::Stop;

const EMBEDDED: StoreNames = StoreNames { catalog: "sqlite", objects: "files", queue: "queue" };
const REMOTE: StoreNames = StoreNames { catalog: "mongodb", objects: "s3", queue: "redis" };

/// The stores, open.
pub(crate) struct Backends {
    catalog: Arc<dyn Catalog>,
    objects: Arc<dyn ObjectStore>,
    queue: Arc<dyn JobQueue>,
    notifier: Arc<dyn Notifier>,
    replicas: Arc<dyn Replicas>,
    history: Arc<dyn JobHistory>,
    outbox: Arc<dyn Outbox>,
    ticks: Arc<dyn Ticks>,
    inventory: Arc<dyn Inventory>,
    usage: Arc<dyn UsageLog>,
    revalidations: Arc<dyn Revalidations>,
    audit: Arc<dyn AuditLog>,
    blocks: Arc<dyn Blocks>,
    clock: Arc<dyn Clock>,
    names: StoreNames,
}

/// The stores, as the settings name them.
pub(crate) enum Unopened {
    /// In this directory.
    Embedded(PathBuf),
    /// On servers.
    Remote {
        catalog: Box<MongoCatalog>,
        /// May be asked about itself: no catalog has keys there.
        redis: Redis,
        remote: Box<Remote>,
    },
}

impl Unopened {
    /// Reads the URLs and reaches nothing, so that one that is not understood is told before anything is started.
    pub(crate) async fn read(settings: &Settings, stack: &Stack) -> Result<Self, Stop> {
        Ok(match stack {
            Stack::Embedded => Self::Embedded(settings.data_dir.clone()),
            Stack::Remote(remote) => {
                let redis = redis(settings, remote, "")?;
                let catalog = MongoCatalog::open(&remote.mongodb_url).await.map_err(Stop::opening)?;
                Self::Remote { catalog: Box::new(catalog), redis, remote: remote.clone() }
            }
        })
    }

    /// The Redis that must not throw anything away, if there is one.
    pub(crate) fn redis(&self) -> Option<Redis> {
        match self {
            Self::Embedded(_) => None,
            Self::Remote { redis, .. } => Some(redis.clone()),
        }
    }

    /// The samples of a process that listens at `address`: one that is alone has some.
    pub(crate) fn samples(&self, address: SocketAddr) -> Samples {
        match self {
            Self::Embedded(_) => Samples::at(reached_at(address), draw),
            Self::Remote { .. } => Samples::default(),
        }
    }

    /// Opens the stores.
    pub(crate) async fn open(self, settings: &Settings) -> Result<Backends, Stop> {
        match self {
            Self::Embedded(data_dir) => Backends::embedded(&data_dir).await,
            Self::Remote { catalog, remote, .. } => Backends::remote(*catalog, settings, &remote).await,
        }
    }
}

impl Backends {
    /// Makes what is missing in the directory, which is [this process's](crate::data_dir::DataDir) alone.
    async fn embedded(path: &Path) -> Result<Self, Stop> {
        let catalog = SqliteCatalog::open(&catalog(path), rand::random()).map_err(Stop::opening)?;
        let objects = FileObjects::open(path).await?;
        Ok(Self {
            replicas: Arc::new(catalog.clone()),
            history: Arc::new(catalog.clone()),
            outbox: Arc::new(catalog.clone()),
            ticks: Arc::new(catalog.clone()),
            inventory: Arc::new(catalog.clone()),
            usage: Arc::new(catalog.clone()),
            revalidations: Arc::new(catalog.clone()),
            audit: Arc::new(catalog.clone()),
            blocks: Arc::new(catalog.clone()),
            catalog: Arc::new(catalog),
            objects: Arc::new(objects),
            queue: Arc::new(LocalQueue::new(&SystemClock)),
            notifier: Arc::new(LocalNotifier::default()),
            clock: Arc::new(SystemClock),
            names: EMBEDDED,
        })
    }

    /// Tries until the catalog and the objects were reached once: a process that starts before its stores waits for them. Redis may be
    /// away: hits go on without it.
    async fn remote(catalog: MongoCatalog, settings: &Settings, remote: &Remote) -> Result<Self, Stop> {
        let objects = S3Objects::open(&remote.s3);
        let reach = async || {
            catalog.prepare(rand::random()).await?;
            objects.create_bucket().await?;
            catalog.ledger().await
        };
        let told = |cause: &PortError| tracing::warn!(%cause, "a store cannot be reached yet");
        let ledger = until_reached(reach, told).await;
        let redis = redis(settings, remote, &ledger.incarnation)?;
        Ok(Self {
            replicas: Arc::new(catalog.clone()),
            history: Arc::new(catalog.clone()),
            outbox: Arc::new(catalog.clone()),
            ticks: Arc::new(catalog.clone()),
            inventory: Arc::new(catalog.clone()),
            usage: Arc::new(catalog.clone()),
            revalidations: Arc::new(catalog.clone()),
            audit: Arc::new(catalog.clone()),
            blocks: Arc::new(catalog.clone()),
            catalog: Arc::new(catalog),
            objects: Arc::new(objects),
            queue: Arc::new(redis.queue()),
            notifier: Arc::new(redis.notifier()),
            clock: Arc::new(SystemClock),
            names: REMOTE,
        })
    }

    /// What the API uses.
    pub(crate) fn api(&self) -> imcaxy_api::Stores {
        imcaxy_api::Stores {
            catalog: Arc::clone(&self.catalog),
            inventory: Arc::clone(&self.inventory),
            usage: Arc::clone(&self.usage),
            objects: Arc::clone(&self.objects),
            queue: Arc::clone(&self.queue),
            notifier: Arc::clone(&self.notifier),
            replicas: Arc::clone(&self.replicas),
            revalidations: Arc::clone(&self.revalidations),
            audit: Arc::clone(&self.audit),
            blocks: Arc::clone(&self.blocks),
            clock: Arc::clone(&self.clock),
            names: self.names,
        }
    }

    /// What the worker uses.
    pub(crate) fn worker(&self) -> imcaxy_worker::Stores {
        imcaxy_worker::Stores {
            catalog: Arc::clone(&self.catalog),
            inventory: Arc::clone(&self.inventory),
            replicas: Arc::clone(&self.replicas),
            objects: Arc::clone(&self.objects),
            queue: Arc::clone(&self.queue),
            notifier: Arc::clone(&self.notifier),
            history: Arc::clone(&self.history),
            outbox: Arc::clone(&self.outbox),
            usage: Arc::clone(&self.usage),
            revalidations: Arc::clone(&self.revalidations),
            audit: Arc::clone(&self.audit),
            blocks: Arc::clone(&self.blocks),
            clock: Arc::clone(&self.clock),
        }
    }

    /// The scheduler, which is made of little else.
    pub(crate) fn scheduler(&self, settings: &Settings) -> Scheduler {
        Scheduler {
            catalog: Arc::clone(&self.catalog),
            ticks: Arc::clone(&self.ticks),
            outbox: Arc::clone(&self.outbox),
            queue: Arc::clone(&self.queue),
            revalidations: Arc::clone(&self.revalidations),
            checks: settings.revalidation.interval.0,
            rhythm: settings.revalidation.rhythm(),
            clock: Arc::clone(&self.clock),
        }
    }
}

fn redis(settings: &Settings, remote: &Remote, incarnation: &str) -> Result<Redis, Stop> {
    Redis::open(&remote.redis, Keys::new(&settings.namespace, incarnation)).map_err(Stop::opening)
}
