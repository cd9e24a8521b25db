//! Many requests at once for one picture that nobody has asked for before.

use std::time::Instant;

use futures::future::{join_all, try_join_all};
use imcaxy_testkit::KitError;

use super::error::{BenchError, Faults};
use super::exchange::Target;
use super::figures::{Figures, Unit, count};
use super::stage::{Stage, target_of};
use super::statistics::Times;

/// How many; where there are two replicas, half of them go to each.
pub const REQUESTS: usize = 500;

pub async fn measure(
    stage: &Stage,
    round: usize,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    const PART: &str = "500 at once";

    let system = &stage.counted;
    let photo = format!("once-{round}.jpg");
    stage.add_photo(&photo);
    let path = system.path("/resize?width=400", &photo);
    let targets = [target_of(system, 0)?, target_of(system, 1)?];
    let before = system.gauge.calls().len();
    let times = ask_at_once(&targets, &path, faults).await?;
    let calls = system.gauge.calls().len() - before;
    figures.add(PART, "**calls of imaginary**", Unit::Count, count(calls));
    figures.add(PART, "**fetches of the source**", Unit::Count, count(system.origin.count(&photo)));
    figures.add(PART, "median answer", Unit::Milliseconds, times.median());
    figures.add(PART, "**slowest answer**", Unit::Milliseconds, times.largest());
    Ok(())
}

/// Asks these targets in turn for one picture, over connections that are opened before; how long each answer took.
pub async fn ask_at_once(targets: &[Target], path: &str, faults: &mut Faults) -> Result<Times, BenchError> {
    let open = targets
        .iter()
        .cycle()
        .take(REQUESTS)
        .map(|target| async { Ok::<_, std::io::Error>((target.request(path), target.connect().await?)) });
    let connections = try_join_all(open).await.map_err(KitError::io("open connections to the APIs"))?;
    let begun = Instant::now();
    let answers = join_all(connections.into_iter().map(|(request, mut connection)| async move {
        let answer = connection.ask(&request).await;
        (answer, begun.elapsed())
    }))
    .await;
    for (answer, _) in &answers {
        match answer {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => {
                faults.add(format!("status {} for one of {REQUESTS} requests at once", answer.status))
            }
            Err(error) => faults.add(format!("one of {REQUESTS} requests at once: {error}")),
        }
    }
    Ok(answers.into_iter().map(|(_, took)| took).collect())
}
