//! `redis.url`: which kind of deployment it names, its nodes, and how to log in.

use std::str::FromStr;

use redis::{ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo};

use super::node::Node;

/// The forms that a URL may have, as a refusal names them.
const ALLOWED: &str = "allowed are redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], \
     redis-sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]/MASTER[/DATABASE] and \
     redis-cluster://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT], with rediss in the place of redis for TLS";

/// Where sentinels listen when nothing else is said.
const SENTINEL_PORT: u16 = 26379;
/// Where Redis listens when nothing else is said.
const REDIS_PORT: u16 = 6379;

/// What `redis.url` says.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The kind of deployment.
    pub kind: Kind,
    /// What the URL names: the Redis itself, its sentinels, or some nodes of a Cluster. At least one.
    pub nodes: Vec<Node>,
    /// User, password and database. A sentinel that wants to know who asks is told the same user and password.
    pub login: RedisConnectionInfo,
    /// Whether every connection is encrypted.
    pub tls: bool,
}

/// Who knows where the master is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The URL: it is the master.
    Standalone,
    /// Sentinels, which know it by this name.
    Sentinel {
        /// The master's name.
        master: String,
    },
    /// Every node of a Cluster.
    Cluster,
}

/// Why a URL is not one. Never holds more of it than its scheme.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("redis.url {0}; {ALLOWED}")]
pub(super) struct InvalidAddress(String);

fn invalid(why: impl Into<String>) -> InvalidAddress {
    InvalidAddress(why.into())
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| invalid("has no scheme"))?;
        let (tls, form) = form(scheme).ok_or_else(|| invalid(format!("has the scheme {scheme:?}")))?;
        if rest.contains(['?', '#']) {
            return Err(invalid("has parameters (a ? or # in a password is spelled %3F or %23)"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let path = path.trim_end_matches('/');
        let (kind, database) = match form {
            Form::Standalone => (Kind::Standalone, path),
            Form::Sentinel => {
                let (master, database) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err(invalid("does not name the master that the sentinels are asked for"));
                }
                (Kind::Sentinel { master: master.to_owned() }, database)
            }
            Form::Cluster if !matches!(path, "" | "0") => {
                return Err(invalid("names a database, and a Cluster has number 0 alone"));
            }
            Form::Cluster => (Kind::Cluster, ""),
        };
        let port = if form == Form::Sentinel { SENTINEL_PORT } else { REDIS_PORT };
        let hosts: Vec<&str> = hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        if kind == Kind::Standalone && hosts.len() > 1 {
            return Err(invalid("names several hosts"));
        }
        let mut nodes = Vec::with_capacity(hosts.len());
        let mut login = RedisConnectionInfo::default();
        for host in hosts {
            let node;
            (node, login) = one(user, host, port, database)?;
            nodes.push(node);
        }
        if nodes.is_empty() {
            return Err(invalid("names no host"));
        }
        Ok(Self { kind, nodes, login, tls })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Standalone,
    Sentinel,
    Cluster,
}

/// Whether a scheme means TLS, and which form follows it.
fn form(scheme: &str) -> Option<(bool, Form)> {
    Some(match scheme {
        "redis" => (false, Form::Standalone),
        "rediss" => (true, Form::Standalone),
        "redis-sentinel" | "redis+sentinel" => (false, Form::Sentinel),
        "rediss-sentinel" | "rediss+sentinel" => (true, Form::Sentinel),
        "redis-cluster" | "redis+cluster" => (false, Form::Cluster),
        "rediss-cluster" | "rediss+cluster" => (true, Form::Cluster),
        _ => return None,
    })
}

/// One host, read as the crate reads the URL of a Redis: it knows about percent signs and brackets.
fn one(
    user: &str,
    host: &str,
    usual_port: u16,
    database: &str,
) -> Result<(Node, RedisConnectionInfo), InvalidAddress> {
    let at = if user.is_empty() { "" } else { "@" };
    let port = if has_port(host) { String::new() } else { format!(":{usual_port}") };
    let url = format!("redis://{user}{at}{host}{port}/{database}");
    let info = url.into_connection_info().map_err(|cause| {
        // The crate's own words name no part of the URL but the number of the database.
        invalid(format!("cannot be read ({cause}; special characters are spelled %40 and so on)"))
    })?;
    match info.addr() {
        ConnectionAddr::Tcp(host, port) => {
            Ok((Node { host: host.clone(), port: *port }, info.redis_settings().clone()))
        }
        _ => Err(invalid("names no host")),
    }
}

/// Whether a host comes with its port; the colons of an IPv6 address stand in brackets.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(name, _)| !name.contains(':') || name.ends_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Address {
        url.parse().unwrap_or_else(|problem| panic!("{url}: {problem}"))
    }

    fn nodes(address: &Address) -> Vec<String> {
        address.nodes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_form_is_read() {
        let sentinel = |master: &str| Kind::Sentinel { master: master.to_owned() };
        for (url, tls, kind, hosts, database) in [
            ("redis://h", false, Kind::Standalone, vec!["h:6379"], 0),
            ("redis://h:1/2", false, Kind::Standalone, vec!["h:1"], 2),
            ("rediss://[::1]:7/", true, Kind::Standalone, vec!["[::1]:7"], 0),
            ("redis-sentinel://a,b:1/main", false, sentinel("main"), vec!["a:26379", "b:1"], 0),
            ("rediss+sentinel://[::1], b/main/3", true, sentinel("main"), vec!["[::1]:26379", "b:26379"], 3),
            ("redis-cluster://a:1,b:2,c", false, Kind::Cluster, vec!["a:1", "b:2", "c:6379"], 0),
            ("rediss-cluster://a/0", true, Kind::Cluster, vec!["a:6379"], 0),
        ] {
            let address = read(url);
            assert_eq!((address.tls, &address.kind), (tls, &kind), "{url}");
            assert_eq!(
                (nodes(&address), address.login.db()),
                (hosts.iter().map(ToString::to_string).collect(), database),
                "{url}"
            );
        }
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        for url in [
            "redis://ann:s%40x,y@h",
            "redis-sentinel://ann:s%40x,y@a,b/m",
            "rediss-cluster://ann:s%40x,y@a,b",
        ] {
            let address = read(url);
            assert_eq!(
                (address.login.username(), address.login.password()),
                (Some("ann"), Some("s@x,y")),
                "{url}"
            );
            assert!(!format!("{address:?}").contains("s@x"), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, said) in [
            ("ann:hush@h", "has no scheme"),
            ("http://ann:hush@h", "has the scheme \"http\""),
            ("redis://ann:hush@a,b", "several hosts"),
            ("redis://ann:hush@", "names no host"),
            ("redis://ann:hush@h:port", "cannot be read"),
            ("redis://ann:hush@h/x", "cannot be read"),
            ("redis://ann:hush@h?a=b", "has parameters"),
            ("redis-sentinel://ann:hush@a,b", "does not name the master"),
            ("redis-sentinel://ann:hush@/m", "names no host"),
            ("redis-cluster://ann:hush@a,b/1", "number 0 alone"),
        ] {
            let problem = url.parse::<Address>().map(|_| ()).unwrap_err().to_string();
            assert!(problem.contains(said) && problem.contains("redis-cluster://"), "{url}: {problem}");
            assert!(!problem.contains("hush"), "{problem}");
        }
    }
}
