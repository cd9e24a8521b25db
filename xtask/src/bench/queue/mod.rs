//! The queue by itself: how soon a waiter hears, how much one worker does, and what depth costs.

pub mod depth;
mod latency;
pub mod worker;

use imcaxy_shared::config::{RemoteRedis, Secret};
use imcaxy_testkit::progress::say;

use super::error::{BenchError, Faults};
use super::figures::Figures;
use super::options::Plan;
use super::stage::Stage;

const PART: &str = "queue";

/// Measures what is measured in every round.
pub async fn measure(
    stage: &Stage,
    plan: &Plan,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    latency::measure(stage, plan, figures, faults).await?;
    worker::measure(stage, plan, figures).await
}

/// Measures what takes long, once.
pub async fn measure_once(plan: &Plan, figures: &mut Figures) -> Result<(), BenchError> {
    say("filling the queue");
    depth::measure(plan, figures).await
}

/// A Redis without TLS.
fn remote(url: &str) -> RemoteRedis {
    RemoteRedis { url: Secret::from(url.to_owned()), tls_ca: None }
}
