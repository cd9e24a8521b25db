//! What Imcaxy adds to the time that imaginary takes: the same kind of request, never the same one, asked of both in
//! turn.

use std::time::{Duration, Instant};

use imcaxy_testkit::Imcaxy;

use super::error::{BenchError, Faults};
use super::exchange::{Connection, Target};
use super::figures::{Figures, Unit, count, microseconds_each};
use super::machine::used_by;
use super::options::Plan;
use super::stage::Stage;
use super::statistics::Times;

const PART: &str = "miss";

/// Imcaxy keeps a picture after it was answered; the next request begins when that is done, nearly always. It is part
/// of what is measured, the same for all sides: looking would take the stores' time from them.
const SETTLE: Duration = Duration::from_millis(40);

/// imaginary a second time, to see how far the machine is from measuring the same twice.
const SIDES: [Side; 3] = [Side::Imcaxy, Side::Imaginary, Side::ImaginaryAgain];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Imcaxy,
    Imaginary,
    ImaginaryAgain,
}

pub async fn measure(
    stage: &Stage,
    plan: &Plan,
    round: usize,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let apis = [Asking::of(stage.api(0)?), Asking::of(stage.api(1)?)];
    let [mut even, mut odd] = apis;
    let [mut imaginary, mut again] = [stage.imaginary.clone(), stage.imaginary.clone()].map(Asking::of);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let before = used_by(processes(stage))?;
    for step in 0..plan.misses {
        for place in order(step) {
            let Some((side, times)) = SIDES.get(place).zip(times.get_mut(place)) else { continue };
            let asking = match side {
                Side::Imcaxy if step % 2 == 0 => &mut even,
                Side::Imcaxy => &mut odd,
                Side::Imaginary => &mut imaginary,
                Side::ImaginaryAgain => &mut again,
            };
            // Each round deals the numbers out differently.
            let number = (round * plan.misses + step) * SIDES.len() + (place + round) % SIDES.len();
            let path = stage.path(&request(number));
            times.extend(asking.time(&path, faults).await);
            tokio::time::sleep(SETTLE).await;
        }
    }
    let used = used_by(processes(stage))? - before;
    let [imcaxy, imaginary, again] = times.map(|times| times.into_iter().collect::<Times>());
    report(figures, &imcaxy, &imaginary, &again);
    let each = microseconds_each(used, imcaxy.count()) / 1e3;
    figures.add(PART, "CPU of APIs and workers per miss", Unit::Milliseconds, each);
    Ok(())
}

fn report(figures: &mut Figures, imcaxy: &Times, imaginary: &Times, again: &Times) {
    let mut add = |name, value| figures.add(PART, name, Unit::Milliseconds, value);
    let p95 = |times: &Times| times.percentile(0.95);
    add("Imcaxy, median", imcaxy.median());
    add("Imcaxy, p95", p95(imcaxy));
    add("imaginary directly, median", imaginary.median());
    add("imaginary directly, p95", p95(imaginary));
    add("**added, median**", imcaxy.median() - imaginary.median());
    add("**added, p95**", p95(imcaxy) - p95(imaginary));
    add("noise: imaginary again, median", again.median() - imaginary.median());
    add("noise: imaginary again, p95", p95(again) - p95(imaginary));
    figures.add(PART, "ratio of medians", Unit::Ratio, imcaxy.median() / imaginary.median());
    figures.add(PART, "misses in a round", Unit::Count, count(imcaxy.count()));
}

/// Who goes first changes with each step, and which way round with every third, so that nobody always follows the
/// same one.
fn order(step: usize) -> impl Iterator<Item = usize> {
    let sides = SIDES.len();
    let backwards = (step / sides) % 2 == 1;
    (0..sides).map(move |turn| (if backwards { sides - 1 - turn } else { turn } + step) % sides)
}

/// A request that costs imaginary as much as every other: twenty qualities a width, widths side by side.
fn request(number: usize) -> String {
    const QUALITIES: usize = 20;
    format!("/resize?width={}&quality={}", 300 + number / QUALITIES, 70 + number % QUALITIES)
}

fn processes(stage: &Stage) -> impl Iterator<Item = u32> {
    stage.system.apis.iter().chain(&stage.system.workers).map(Imcaxy::id)
}

/// One client with its connection.
struct Asking {
    target: Target,
    connection: Option<Connection>,
}

impl Asking {
    const fn of(target: Target) -> Self {
        Self { target, connection: None }
    }

    /// How long an answer took to its last byte; a connection is opened before, not meanwhile.
    async fn time(&mut self, path: &str, faults: &mut Faults) -> Option<Duration> {
        let opened = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.target.connect().await,
        };
        let mut connection = opened.map_err(|error| faults.add(error)).ok()?;
        let request = self.target.request(path);
        let begun = Instant::now();
        let answer = connection.ask(&request).await;
        let took = begun.elapsed();
        let answer = answer.map_err(|error| faults.add(format!("{path}: {error}"))).ok()?;
        self.connection = Some(connection);
        if answer.status != 200 {
            faults.add(format!("status {} for {path}", answer.status));
            return None;
        }
        Some(took)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_step_asks_each_side_once_and_no_request_is_like_another() {
        for step in 0..12 {
            assert_eq!(order(step).collect::<HashSet<_>>().len(), SIDES.len());
        }
        let firsts: HashSet<_> = (0..12).filter_map(|step| order(step).next()).collect();
        assert_eq!(firsts.len(), SIDES.len());
        assert_eq!((0..5000).map(request).collect::<HashSet<_>>().len(), 5000);
    }
}
