//! URLs of servers, led through a proxy.

use std::net::SocketAddr;

use reqwest::Url;

use crate::KitError;

/// A server that speaks without TLS at one host, as the setting of that name says it.
pub(super) struct Target {
    setting: &'static str,
    url: Url,
    host: String,
}

impl Target {
    /// Reads the URL of a server.
    pub(super) fn read(setting: &'static str, url: &str) -> Result<Self, KitError> {
        let no_way = || KitError::NoDetour { setting };
        let url = Url::parse(url).map_err(|_| no_way())?;
        let usual_port = match url.scheme() {
            "redis" => 6379,
            "mongodb" => 27017,
            "http" => 80,
            _ => return Err(no_way()),
        };
        let host = format!(
            "{}:{}",
            url.host_str().ok_or_else(no_way)?,
            url.port_or_known_default().unwrap_or(usual_port)
        );
        Ok(Self { setting, url, host })
    }

    /// Its host and port.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The URL by which it is reached through a proxy.
    pub(super) fn through(mut self, proxy: SocketAddr) -> Result<String, KitError> {
        let led = self.url.set_ip_host(proxy.ip()).and_then(|()| self.url.set_port(Some(proxy.port())));
        led.map_err(|()| KitError::NoDetour { setting: self.setting })?;
        if self.url.scheme() == "mongodb" {
            self.url.set_query(Some(&directly(self.url.query().unwrap_or_default())));
        }
        Ok(self.url.into())
    }
}

/// The options of a MongoDB that is to be used where it is: the driver would go to the members that a replica set
/// names, past the proxy.
fn directly(options: &str) -> String {
    let kept = options.split('&').filter(|option| {
        let name = option.split('=').next().unwrap_or_default();
        !name.is_empty() && !["replicaset", "directconnection"].contains(&name.to_lowercase().as_str())
    });
    kept.chain(["directConnection=true"]).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_leads_to_the_proxy_and_keeps_the_rest() {
        for (url, host, through) in [
            ("redis://10.0.0.1:7000", "10.0.0.1:7000", "redis://127.0.0.1:5"),
            ("redis://:secret@cache/3", "cache:6379", "redis://:secret@127.0.0.1:5/3"),
            ("http://127.0.0.1:9000", "127.0.0.1:9000", "http://127.0.0.1:5/"),
            ("mongodb://h/db", "h:27017", "mongodb://127.0.0.1:5/db?directConnection=true"),
            (
                "mongodb://u:p@h:1/db?replicaSet=r&w=1",
                "h:1",
                "mongodb://u:p@127.0.0.1:5/db?w=1&directConnection=true",
            ),
        ] {
            let target = Target::read("A_URL", url).expect("is read");
            assert_eq!(target.host(), host);
            let proxy = SocketAddr::from(([127, 0, 0, 1], 5));
            assert_eq!(target.through(proxy).expect("is led"), through);
        }
    }

    #[test]
    fn several_hosts_and_tls_cannot_be_led_through_one_proxy() {
        for url in ["mongodb://a:1,b:2/db", "mongodb+srv://a/db", "rediss://a", "https://a", "nothing"] {
            assert!(Target::read("A_URL", url).is_err(), "{url}");
        }
    }
}
