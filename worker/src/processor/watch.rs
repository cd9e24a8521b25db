//! Looking after the imaginaries beside the way of the jobs: those that were left alone are asked whether they are well again, and each
//! what it is made of.

use std::time::Duration;

use futures::future::join_all;
use imcaxy_shared::backends::imaginary::Imaginary;
use imcaxy_shared::lifecycle::Lifecycle;
use tokio::time::{Instant, sleep, sleep_until};

use super::imaginaries::Imaginaries;

/// How long a question may take.
const ASK: Duration = Duration::from_secs(2);
/// How often each is asked what it is made of.
const VERSIONS: Duration = Duration::from_secs(60);

impl Imaginaries {
    /// Until it is time to stop.
    pub(super) async fn watch(&self, lifecycle: &Lifecycle) {
        let watching = async { tokio::join!(self.readmit(), self.ask_versions()) };
        tokio::select! {
            () = lifecycle.stopping() => {}
            _ = watching => {}
        }
    }

    async fn readmit(&self) {
        loop {
            let changed = self.pool.changed();
            match self.pool.next_probe() {
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
            join_all(self.pool.due(Instant::now()).into_iter().map(|base| self.probe(base))).await;
        }
    }

    async fn probe(&self, base: usize) {
        let Some(imaginary) = self.bases.get(base) else { return };
        let health = imaginary.health(ASK).await;
        match &health {
            Ok(()) => tracing::info!(imaginary = %imaginary.base(), "imaginary is well again"),
            Err(cause) => tracing::warn!(imaginary = %imaginary.base(), %cause, "imaginary is not well"),
        }
        self.pool.probed(base, health.is_ok());
        if health.is_ok() {
            self.ask_version(base, imaginary).await;
        }
    }

    async fn ask_versions(&self) {
        loop {
            join_all(self.bases.iter().enumerate().map(|(base, one)| self.ask_version(base, one))).await;
            sleep(VERSIONS).await;
        }
    }

    async fn ask_version(&self, base: usize, imaginary: &Imaginary) {
        // While it does not answer, it renders nothing either.
        let Ok(version) = imaginary.version(ASK).await else { return };
        if let Some(mixed) = self.versions.told(base, version) {
            let versions: Vec<String> = mixed.iter().map(ToString::to_string).collect();
            let versions = versions.join("; ");
            tracing::warn!(
                versions,
                "imaginaries of several versions render: pictures of one key may differ"
            );
        }
    }
}
