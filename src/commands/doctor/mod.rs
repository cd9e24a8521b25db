//! `imcaxy doctor`: what is wrong with the servers and the settings, and what to do about it. It talks to the servers themselves, not to
//! a running Imcaxy.

mod data_dir;
mod machine;
mod relay;
mod report;
mod settings;

use futures::future::join_all;
use imcaxy_shared::backends::imaginary::{Imaginary, LetThrough, same_versions};
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis};
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::config::{Remote, Settings, Stack};
use imcaxy_shared::finding::Finding;
use imcaxy_shared::ports::SystemClock;

use super::{config, runtime, say};
use crate::cli::Output;
use crate::configuration::Configuration;
use crate::stop::Stop;
use report::{Part, Report};

/// Looks at everything and tells what was found. Exit code 1 where something does not work, 2 where the configuration is wrong: then no
/// server is asked.
pub(crate) fn run(output: Output, configuration: &Configuration) -> Result<(), Stop> {
    let checked = config::check(configuration);
    let report = match &checked {
        Err(problem) => Report::new(vec![Part::new("configuration", settings::problems(problem))]),
        Ok((settings, stack)) => {
            let mut parts =
                vec![Part::new("configuration", settings::all(settings, configuration.warnings()))];
            let servers = async {
                match stack {
                    Stack::Embedded => embedded(settings).await,
                    Stack::Remote(remote) => servers(settings, remote).await,
                }
            };
            parts.extend(runtime()?.block_on(servers)?);
            Report::new(parts)
        }
    };
    if output.json {
        say::json(&report.json())?;
    } else if checked.is_ok() {
        say::text(&report.text())?;
    }
    checked.map_err(Stop::Configuration)?;
    if report.failures() == 0 { Ok(()) } else { Err(Stop::Told(None)) }
}

/// The directory, and the imaginaries, if there are some.
async fn embedded(settings: &Settings) -> Result<Vec<Part>, Stop> {
    let own = Part::new("data_dir", data_dir::all(&settings.data_dir));
    Ok([own].into_iter().chain(imaginaries(settings).await?).collect())
}

/// All at the same time: one that is silent does not hold up the others.
async fn servers(settings: &Settings, remote: &Remote) -> Result<Vec<Part>, Stop> {
    // What is written to try rights is named so that two who look at the same time do not meet.
    let nobody = format!("doctor-{:016x}", rand::random::<u64>());
    let redis = Redis::open(&remote.redis, Keys::new(&settings.namespace, &nobody)).map_err(Stop::opening)?;
    let catalog = MongoCatalog::open(&remote.mongodb_url).await.map_err(Stop::opening)?;
    let objects = S3Objects::open(&remote.s3);
    let clock = SystemClock;
    let (redis, mongodb, s3, imaginaries) = tokio::join!(
        redis.examine(&clock),
        catalog.examine(&clock, &nobody),
        objects.examine(&clock, &nobody),
        imaginaries(settings),
    );
    let stores = [("redis", redis), ("mongodb", mongodb), ("s3", s3)];
    let stores = stores.into_iter().map(|(name, findings)| Part::new(name, findings));
    Ok(stores.chain(imaginaries?).collect())
}

/// Each imaginary, and what concerns them all.
async fn imaginaries(settings: &Settings) -> Result<Vec<Part>, Stop> {
    let all = Imaginary::all(&settings.imaginary)?;
    let let_through =
        LetThrough { max_pixels: settings.sources.max_pixels.0, vector: settings.sources.vector };
    let examined = join_all(all.iter().map(|imaginary| imaginary.examine(let_through))).await;
    let (mut parts, mut told, mut reached) = (Vec::new(), Vec::new(), Vec::new());
    for (imaginary, examined) in all.into_iter().zip(examined) {
        let base = imaginary.base().to_string();
        parts.push(Part::new(format!("imaginary {base}"), examined.findings));
        told.extend(examined.version.map(|version| (base, version)));
        reached.extend(examined.reached.then_some(imaginary));
    }
    let mut together: Vec<Finding> = same_versions(&told).into_iter().collect();
    together.extend(relay::all(settings, &reached).await);
    parts.push(Part::new("worker and imaginary", together));
    Ok(parts)
}
