//! What is asked of every source before it is asked for anything: by the API of each URL in a request, by the worker of each
//! URL that it comes to, and of each address that it connects to.

use std::net::IpAddr;
use std::sync::Arc;

use super::{AllowList, PrivateSources};
use crate::request::SourceUrl;

/// The places that pictures may come from.
#[derive(Clone, Debug)]
pub struct Places {
    allow: Arc<AllowList>,
    private: Arc<PrivateSources>,
    allow_private: bool,
}

impl Places {
    /// Those of `sources.allow`, at public addresses, at those of `sources.private`, and at almost all with `sources.allow_private`.
    #[must_use]
    pub fn new(allow: AllowList, private: PrivateSources, allow_private: bool) -> Self {
        Self { allow: Arc::new(allow), private: Arc::new(private), allow_private }
    }

    /// Refuses a source by what its URL says: its place, and its address where that is its host. A name is resolved by whoever connects.
    ///
    /// # Errors
    /// A sentence for the client.
    pub fn admit(&self, source: &SourceUrl) -> Result<(), String> {
        let host = source.host();
        if !self.allow.allows(source) {
            return Err(format!("host {host} is not allowed by sources.allow"));
        }
        if source.address().is_some_and(|address| !self.permit(host, address)) {
            return Err(format!("host {host} is a special address that sources.private does not name"));
        }
        Ok(())
    }

    /// Whether a connection to `address`, found under `host`, may be made.
    #[must_use]
    pub fn permit(&self, host: &str, address: IpAddr) -> bool {
        self.private.permit(host, address, self.allow_private)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> Places {
        Places::new(AllowList::new(vec!["*".parse().unwrap()]), PrivateSources::default(), false)
    }

    /// Whether a URL is refused before anything is resolved; `None` where it is no URL of a source at all.
    fn refused(url: &str) -> Option<bool> {
        SourceUrl::parse(url).ok().map(|source| public().admit(&source).is_err())
    }

    #[test]
    fn a_special_address_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "0",
            "0.0.0.0",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0X7F.0.0.1",
            "017700000001",
            "0177.0.0.1",
            "0177.0x0.1",
            "127.0.0.1.",
            "127.255.255.254",
            "１２７.0.0.1",
            "127。0。0。1",
            "①②⑦.0.0.1",
            "10.0.0.1",
            "0xa.1",
            "167772161",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::FFFF:7f00:1]",
            "[::ffff:0:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1.1.1.1]",
            "[2002:7f00:1::]",
            "[2002:a9fe:a9fe::1]",
            "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
            "[2606:4700::5efe:127.0.0.1]",
            "[2606:4700::200:5efe:127.0.0.1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
        ] {
            for url in [
                format!("http://{host}/1.jpg"),
                format!("HTTPS://{host}:8443/1.jpg"),
                format!("http://{host}?x"),
            ] {
                assert_eq!(refused(&url), Some(true), "{url}");
            }
        }
        for host in
            ["1.1.1.1", "16843009", "[2606:4700::1111]", "[64:ff9b::1.1.1.1]", "[2002:101:101::]", "a.test"]
        {
            assert_eq!(refused(&format!("http://{host}/1.jpg")), Some(false), "{host}");
        }
    }

    #[test]
    fn what_clients_read_in_different_ways_is_no_source() {
        for url in [
            "http://good.test@127.0.0.1/",
            "http://127.0.0.1@good.test/",
            "http://good.test\\@127.0.0.1/",
            "http://good.test\\127.0.0.1/",
            "http:\\\\127.0.0.1/",
            "http:/127.0.0.1/",
            "http:127.0.0.1/",
            "//127.0.0.1/",
            "http://good.test#@127.0.0.1:80:80/\t",
            "http://127.0.0.1\t/",
            "http://127.0.\n0.1/",
            "ht\ntp://127.0.0.1/",
            "\thttp://127.0.0.1/",
            "http://127.0.0.1%09/",
            "http://127.0.0.1%2f@good.test/",
            "http://%31%32%37.0.0.1/",
            "http://127.0.0.1\0.good.test/",
            "http://256.0.0.1/",
            "http://127.0.0.0.1/",
            "http://0x100000000/",
            "http://[::1%25lo]/",
            "http://[127.0.0.1]/",
            "http://::1/",
            "http://127.0.0.1:80:81/",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "ftp://127.0.0.1/",
            "unix:///run/docker.sock",
            "data:image/png;base64,",
        ] {
            let source = SourceUrl::parse(url);
            // A fragment is cut off, and what is left names its host plainly.
            assert!(source.is_err() || url.contains('#'), "{url}: {source:?}");
        }
    }

    #[test]
    fn a_name_is_left_to_whoever_resolves_it() {
        for host in ["localhost", "localhost.", "LOCALHOST", "127.0.0.1.nip.io", "metadata.google.internal"] {
            assert_eq!(refused(&format!("http://{host}/")), Some(false), "{host}");
            assert!(!public().permit(host, IpAddr::from([127, 0, 0, 1])), "{host}");
        }
    }
}
