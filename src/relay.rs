//! Where a worker is asked by others.

use imcaxy_shared::config::{ConfigError, Settings};
use imcaxy_worker::Relay;

use crate::listen::bind;
use crate::stop::Stop;

/// Where the worker is asked for watermark images, if imaginary has a way to this machine, and for direct renders, if there is a secret.
pub(crate) async fn relay(settings: &Settings) -> Result<Option<Relay>, Stop> {
    let direct = settings.degraded.secret.is_some();
    // Without imaginary nobody asks for watermark images.
    let at = settings.relay().map_err(Stop::Configuration)?;
    let relay = match at.filter(|_| direct || settings.imaginary.renders()) {
        Some(at) => {
            let listener = bind("worker.listen", at.listen).await?;
            let address = listener.local_addr()?;
            if direct {
                tracing::info!("direct renders are answered on http://{address}");
            }
            Some(Relay { base: at.base(address), listener })
        }
        None if direct => {
            return Err(Stop::Configuration(ConfigError::new(
                "degraded.secret is set, but worker.listen is not: a worker needs an address at which it can be asked \
                 for direct renders, such as 0.0.0.0:9001",
            )));
        }
        None => None,
    };
    if settings.imaginary.renders() && relay.as_ref().is_none_or(|relay| relay.base.is_none()) {
        tracing::info!(
            "imaginary has no way to this worker for watermark images, which are answered with 501: worker.listen and \
             worker.advertise would show it one"
        );
    }
    Ok(relay)
}
