//! Where a worker is asked directly: by imaginary for watermark images, if it can, and for renders while the queue is away.

use std::net::{Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::value::BaseUrl;
use super::{ConfigError, Settings};

/// Where a worker is asked directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    advertise: Option<BaseUrl>,
    /// Whether imaginary reaches it.
    lends: bool,
}

impl Relay {
    /// The base URL, without a slash at its end, under which imaginary reaches the worker, which listens at `address`; `None` where it
    /// does not.
    #[must_use]
    pub fn base(&self, address: SocketAddr) -> Option<String> {
        if let Some(advertise) = &self.advertise {
            return Some(advertise.to_string());
        }
        // Who listens everywhere and is asked from this machine is reached at its loopback address.
        let everywhere = address.ip().is_unspecified();
        let reached = if everywhere { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
        self.lends.then(|| format!("http://{}", SocketAddr::new(reached, address.port())))
    }
}

impl Settings {
    /// The relay of a worker with these settings; `None` where imaginary cannot reach it and nobody may ask it for renders.
    ///
    /// # Errors
    /// `worker.advertise` cannot be meant so.
    pub fn relay(&self) -> Result<Option<Relay>, ConfigError> {
        let (listen, advertise) = (self.worker.listen, self.worker.advertise.clone());
        let near = self.imaginary.url.iter().all(BaseUrl::is_loopback);
        if let Some(base) = &advertise {
            let refuse = |why: &str| Err(ConfigError::new(format!("worker.advertise = {base}: {why}")));
            let Some(listen) = listen else {
                return refuse("worker.listen is not set, and nobody knows in advance which port is free");
            };
            if listen.port() == 0 {
                return refuse("worker.listen has port 0, and nobody knows in advance which port is free");
            }
            if is_nowhere(base.url()) {
                return refuse("no client can connect to this address; name that of this machine");
            }
            if base.is_loopback() && !near {
                return refuse(
                    "an imaginary of imaginary.url is on another machine, where this address is its own",
                );
            }
        }
        let free = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        let reachable = |listen: &SocketAddr| {
            near || advertise.is_some() || !(listen.ip().is_loopback() || listen.ip().is_unspecified())
        };
        let listen = listen.or(near.then_some(free));
        let lends = listen.as_ref().is_some_and(reachable);
        let listen = listen.filter(|_| lends || self.degraded.secret.is_some());
        Ok(listen.map(|listen| Relay { listen, advertise, lends }))
    }
}

/// Whether it names no address, or no port.
fn is_nowhere(url: &Url) -> bool {
    let unspecified = match url.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_unspecified(),
        _ => false,
    };
    unspecified || url.port() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    fn relay(imaginary: &str, listen: &str, advertise: &str) -> Result<Option<Relay>, ConfigError> {
        let set = [
            ("IMCAXY_IMAGINARY_URL", imaginary),
            ("IMCAXY_WORKER_LISTEN", listen),
            ("IMCAXY_WORKER_ADVERTISE", advertise),
        ];
        let mut layers = Layers::default();
        let set = set.into_iter().filter(|(_, value)| !value.is_empty());
        layers.environment(set.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        layers.settings().unwrap().relay()
    }

    #[test]
    fn imaginary_reaches_the_worker_where_somebody_says_how_or_it_is_on_the_same_machine() {
        for (imaginary, listen, advertise, base) in [
            ("http://127.0.0.1:9000", "", "", Some("http://127.0.0.1:7")),
            ("http://localhost:9000,http://[::1]:9001", "", "", Some("http://127.0.0.1:7")),
            ("http://localhost:9000", "0.0.0.0:7", "", Some("http://127.0.0.1:7")),
            ("http://localhost:9000", "[::1]:7", "", Some("http://[::1]:7")),
            ("http://imaginary:9000", "", "", None),
            ("http://localhost:9000,http://imaginary:9000", "", "", None),
            ("http://imaginary:9000", "127.0.0.1:7", "", None),
            ("http://imaginary:9000", "0.0.0.0:7", "", None),
            ("http://imaginary:9000", "10.0.0.5:7", "", Some("http://10.0.0.5:7")),
            ("http://imaginary:9000", "0.0.0.0:7", "http://worker-1:7/", Some("http://worker-1:7")),
            ("http://imaginary:9000", "127.0.0.1:7", "https://proxy/worker", Some("https://proxy/worker")),
        ] {
            let found = relay(imaginary, listen, advertise).unwrap().and_then(|relay| {
                let at = if relay.listen.port() == 0 {
                    SocketAddr::new(relay.listen.ip(), 7)
                } else {
                    relay.listen
                };
                relay.base(at)
            });
            assert_eq!(found.as_deref(), base, "{imaginary} {listen} {advertise}");
        }
    }

    #[test]
    fn an_address_that_nobody_can_reach_is_refused() {
        for (imaginary, listen, advertise, said) in [
            ("http://imaginary", "", "http://worker:7", "worker.listen is not set"),
            ("http://imaginary", "0.0.0.0:0", "http://worker:7", "port 0"),
            ("http://imaginary", "0.0.0.0:7", "http://0.0.0.0:7", "no client"),
            ("http://imaginary", "0.0.0.0:7", "http://[::]:7", "no client"),
            ("http://imaginary", "0.0.0.0:7", "http://worker:0", "no client"),
            ("http://imaginary", "0.0.0.0:7", "http://localhost:7", "another machine"),
        ] {
            let message = relay(imaginary, listen, advertise).unwrap_err().to_string();
            assert!(message.contains("worker.advertise") && message.contains(said), "{message}");
        }
    }
}
