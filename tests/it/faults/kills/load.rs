//! Clients who ask for pictures while their sources change, until the process is killed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use imcaxy_shared::ports::Catalog;
use imcaxy_testkit::system::Scope;
use imcaxy_testkit::{Imcaxy, Origin, System, http};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::sleep;

use super::drift::Drifting;
use super::pictures::{Pictures, REQUESTS, SOURCES, path};
use crate::harness::{Answer, READS_THE_LEDGER, catalog};

const CLIENTS: u64 = 8;
/// Between two changes.
const PAUSE: Duration = Duration::from_millis(15);

/// The work of one life of the process.
pub struct Load<'a> {
    pictures: &'a Pictures,
    base: String,
    client: reqwest::Client,
    seed: u64,
    /// From here on clients may be cut off.
    over: AtomicBool,
}

impl<'a> Load<'a> {
    pub fn new(system: &System, pictures: &'a Pictures, seed: u64) -> Self {
        let base = system.api(0).url("").trim_end_matches('/').to_owned();
        Self { pictures, base, client: http::client(), seed, over: AtomicBool::new(false) }
    }

    /// Works until the process was killed, so long after the beginning; answers the sources that have drifted meanwhile.
    pub async fn until_killed(
        &self,
        origin: &Origin,
        scope: &Scope,
        process: &mut Imcaxy,
        moment: Duration,
    ) -> Vec<Drifting> {
        // Closed before the process starts again: it is to be the first to open what was left.
        let catalog = catalog(scope).await;
        let clients = join_all((0..CLIENTS).map(|client| self.asks(origin, self.random(client))));
        let killing = async {
            sleep(moment).await;
            self.over.store(true, Ordering::SeqCst);
            process.kill();
        };
        let changes = self.changes(origin, &*catalog, &scope.admin_token);
        let (_, _, drifted, _) = tokio::join!(clients, changes, self.drifts(origin), killing);
        drifted
    }

    fn random(&self, stream: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed * (CLIENTS + 1) + stream)
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    async fn changes(&self, origin: &Origin, catalog: &dyn Catalog, token: &str) {
        let mut random = self.random(CLIENTS);
        // One that is killed meanwhile answers nothing old, either.
        let ledger_is_read = async || {
            let url = format!("{}{READS_THE_LEDGER}", self.base);
            let _read = self.client.get(url).bearer_auth(token).send().await;
        };
        while !self.is_over() {
            let source = random.random_range(0..SOURCES);
            self.pictures.change(origin, catalog, source, ledger_is_read()).await;
            sleep(PAUSE).await;
        }
    }

    /// One source after the other is asked for, changes, and is asked for again.
    async fn drifts(&self, origin: &Origin) -> Vec<Drifting> {
        let mut drifted = Vec::new();
        while !self.is_over() {
            let name = format!("drifting-{}-{}.jpg", self.seed, drifted.len());
            let source = Drifting::new(origin, name, self.pictures.bytes(0));
            let [before, after] = source.paths(origin);
            self.gets(&before).await;
            source.changes(origin, self.pictures.bytes(1));
            self.gets(&after).await;
            drifted.push(source);
        }
        drifted
    }

    async fn asks(&self, origin: &Origin, mut random: StdRng) {
        while !self.is_over() {
            let variant = (random.random_range(0..SOURCES), random.random_range(0..REQUESTS.len()));
            let oldest = self.pictures.oldest(variant.0);
            if let Some(answer) = self.gets(&path(origin, variant)).await {
                self.pictures.takes(variant, oldest, answer);
            }
        }
    }

    /// An answer, unless the process is killed meanwhile.
    async fn gets(&self, path: &str) -> Option<Answer> {
        let answer = self.answer(path).await;
        assert!(answer.is_ok() || self.is_over(), "{answer:?}");
        answer.ok()
    }

    async fn answer(&self, path: &str) -> Result<Answer, reqwest::Error> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.bytes().await? })
    }
}
