//! How many hits a second one API answers from memory, and what each costs it.

use std::time::Duration;

use super::error::{BenchError, Faults};
use super::figures::{Figures, Unit, microseconds_each, per_second};
use super::load::{self, Served};
use super::machine::used_by;
use super::options::Plan;
use super::stage::Stage;

const DIRECT: &str = "the same picture of imaginary directly";

pub async fn measure(
    stage: &Stage,
    plan: &Plan,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let one = std::slice::from_ref(&stage.hot);
    let hot = hit(stage, "hits, one key", one, plan.hits, figures, faults).await?;
    hit(stage, "hits, many keys", &stage.many, plan.hits, figures, faults).await?;
    let direct = load::apply(&stage.imaginary, one, plan.direct).await?;
    let direct = rate(DIRECT, direct, plan.direct, figures, faults);
    figures.add(DIRECT, "**hits of one key for each of these**", Unit::Ratio, hot / direct);
    Ok(())
}

async fn hit(
    stage: &Stage,
    part: &'static str,
    paths: &[String],
    during: Duration,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<f64, BenchError> {
    let api = stage.system.apis.first().map(imcaxy_testkit::Imcaxy::id);
    let before = (used_by(api)?, used_by([std::process::id()])?);
    let served = load::apply(&stage.hit()?, paths, during).await?;
    let used = (used_by(api)? - before.0, used_by([std::process::id()])? - before.1);
    let number = served.times.count();
    let each = |used| microseconds_each(used, number);
    let rate = rate(part, served, during, figures, faults);
    figures.add(part, "**CPU of the API per request**", Unit::Microseconds, each(used.0));
    figures.add(part, "CPU of the load per request", Unit::Microseconds, each(used.1));
    Ok(rate)
}

fn rate(
    part: &'static str,
    served: Served,
    during: Duration,
    figures: &mut Figures,
    faults: &mut Faults,
) -> f64 {
    let rate = per_second(served.times.count(), during);
    figures.add(part, "requests a second", Unit::PerSecond, rate);
    figures.add(part, "p50", Unit::Milliseconds, served.times.median());
    figures.add(part, "p99", Unit::Milliseconds, served.times.percentile(0.99));
    faults.absorb(served.faults);
    rate
}
