//! `imcaxy health`: is the process on this machine ready? For images without curl.

use std::time::Duration;

use super::{http, runtime};
use crate::configuration::Configuration;
use crate::listen::reached_at;
use crate::stop::Stop;

/// How long the answer may take: whoever asks for it does so every few seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the probe listener, else the other one.
pub(crate) fn run(configuration: &Configuration) -> Result<(), Stop> {
    let settings = configuration.settings().map_err(Stop::Configuration)?;
    let address = reached_at(settings.probe.listen.unwrap_or(settings.listen));
    let url = format!("http://{address}/readyz");
    let client = http::client()?;
    let asked = async { client.get(&url).timeout(PATIENCE).send().await };
    match runtime()?.block_on(asked) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Stop::Told(Some(format!("not ready: {url} answers {}", answer.status())))),
        Err(cause) => {
            Err(Stop::Told(Some(format!("not ready: {url} does not answer: {}", http::causes(cause)))))
        }
    }
}
