//! How a value is spelled: the same in a file, a variable and a flag.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

use super::duration;
use crate::guard::{PrivateSources, SourceHeaders, SourcePattern, WebOrigin};

/// Reads any setting: text, as variables and flags have it, or what TOML has for the same thing.
pub(super) fn value<'de, D: Deserializer<'de>, T: Setting>(deserializer: D) -> Result<T, D::Error> {
    read(deserializer, T::SHOWN)
}

/// Reads the address of a store, in which who is asking is secret and the place is not.
pub(super) fn address<'de, D: Deserializer<'de>, T: Setting>(deserializer: D) -> Result<T, D::Error> {
    read(deserializer, Shown::Address)
}

fn read<'de, D: Deserializer<'de>, T: Setting>(deserializer: D, shown: Shown) -> Result<T, D::Error> {
    match Raw::deserialize(deserializer)? {
        Raw::Text(text) if text == ASK => Err(de::Error::custom(shown.name())),
        raw => T::parse(raw).map_err(de::Error::custom),
    }
}

/// A text for which a setting answers, as an error, how much of its values may be shown. No variable can hold it.
pub(super) const ASK: &str = "\0shown";

/// How much of a value may be shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// All of it.
    All,
    /// An address without user, password and query.
    Address,
    /// That there is one.
    Nothing,
}

impl Shown {
    const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Address => "address",
            Self::Nothing => "nothing",
        }
    }

    /// The one of that name.
    pub(super) fn named(name: &str) -> Self {
        let known = [Self::All, Self::Address].into_iter().find(|shown| shown.name() == name);
        known.unwrap_or(Self::Nothing)
    }
}

/// What a layer holds for a key.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Raw {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Raw>),
    Map(BTreeMap<String, Raw>),
}

/// A type that a setting can have. The error says what is allowed.
pub(super) trait Setting: Sized {
    /// How much of a value may be shown.
    const SHOWN: Shown;

    fn parse(raw: Raw) -> Result<Self, String>;
}

/// A bound, an age or an interval that `none` switches off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit<T>(pub Option<T>);

impl Limit<ByteSize> {
    /// The bound in bytes, the largest number there is when it is off.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0.map_or(u64::MAX, |size| size.as_u64())
    }
}

impl Limit<Duration> {
    /// The time, a day when it is off: something waits for each, and nothing does for longer.
    #[must_use]
    pub fn time(self) -> Duration {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        self.0.unwrap_or(DAY)
    }
}

/// Names with what each stands for: a TOML table, a JSON object, or `FROM=TO` pairs separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<T>(pub BTreeMap<String, T>);

/// The URL below which a server's paths are: http or https, without credentials, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The URL itself.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The URL of `path`, which has no leading slash, below it.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// Whether it is the machine itself, whoever asks.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        }
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    /// The error says what is allowed.
    fn from_str(text: &str) -> Result<Self, String> {
        match Url::parse(text) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.username().is_empty()
                    && url.password().is_none()
                    && url.query().is_none()
                    && url.fragment().is_none() =>
            {
                Ok(Self(url))
            }
            _ => Err("an http or https URL without credentials, query and fragment is allowed".into()),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Raw {
    pub(super) fn text(self) -> Result<String, String> {
        match self {
            Self::Bool(flag) => Ok(flag.to_string()),
            Self::Integer(number) => Ok(number.to_string()),
            Self::Float(number) => Ok(number.to_string()),
            Self::Text(text) => Ok(text),
            Self::List(_) => Err("one value is allowed here, not a list".to_owned()),
            Self::Map(_) => Err("one value is allowed here, not a table".to_owned()),
        }
    }
}

/// Settings that are read from one word.
macro_rules! word {
    ($type:ty, $text:ident => $parse:expr) => {
        impl Setting for $type {
            const SHOWN: Shown = Shown::All;

            fn parse(raw: Raw) -> Result<Self, String> {
                let $text = raw.text()?;
                $parse
            }
        }
    };
}

word!(String, text => Ok(text));
word!(PathBuf, text => if text.is_empty() { Err("a path is needed".into()) } else { Ok(text.into()) });
word!(SocketAddr, text => text.parse().map_err(|_| "an address and a port are allowed, such as 127.0.0.1:8080".into()));
word!(IpNet, text => text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
    .map_err(|_| "addresses and CIDRs are allowed, such as 10.0.0.7 or 10.0.0.0/8".into()));
word!(bool, text => match text.as_str() {
    "true" | "1" | "yes" | "on" => Ok(true),
    "false" | "0" | "no" | "off" => Ok(false),
    _ => Err("true or false are allowed".into()),
});
word!(u64, text => text.parse().map_err(|_| "a whole number is allowed, such as 4".into()));
word!(usize, text => text.parse().map_err(|_| "a whole number is allowed, such as 4".into()));
word!(Duration, text => duration::parse(&text).ok_or_else(|| duration::ALLOWED.to_owned()));
word!(ByteSize, text => text.parse().map_err(|_| "a size is allowed, such as 65536, 512KiB or 64MiB".into()));
word!(Url, text => match Url::parse(&text) {
    Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
    _ => Err("an absolute http or https URL is allowed".into()),
});
word!(BaseUrl, text => text.parse());
word!(LogFormat, text => match text.as_str() {
    "text" => Ok(LogFormat::Text),
    "json" => Ok(LogFormat::Json),
    _ => Err("text or json are allowed".into()),
});
word!(WebOrigin, text => text.parse().map_err(|e: crate::guard::InvalidWebOrigin| e.to_string()));
word!(SourcePattern, text => text.parse().map_err(|e: crate::guard::InvalidPattern| e.to_string()));

impl Setting for Secret {
    const SHOWN: Shown = Shown::Nothing;

    fn parse(raw: Raw) -> Result<Self, String> {
        match raw.text()? {
            // An empty variable is a slip, and an empty token would open every door.
            empty if empty.is_empty() => Err("it must not be empty; leave it out instead".into()),
            text => Ok(Self(text)),
        }
    }
}

impl<T: Setting> Setting for Limit<T> {
    const SHOWN: Shown = T::SHOWN;

    fn parse(raw: Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) if text == "none" => Ok(Self(None)),
            raw => {
                T::parse(raw).map(|bound| Self(Some(bound))).map_err(|allowed| format!("{allowed}; or none"))
            }
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SHOWN: Shown = T::SHOWN;

    fn parse(raw: Raw) -> Result<Self, String> {
        match raw {
            Raw::List(items) => items.into_iter().map(T::parse).collect(),
            raw => {
                let text = raw.text()?;
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| T::parse(Raw::Text(item.to_owned()))).collect()
            }
        }
    }
}

impl<T: Setting> Setting for Map<T> {
    const SHOWN: Shown = T::SHOWN;

    fn parse(raw: Raw) -> Result<Self, String> {
        let pairs = match raw {
            Raw::Map(pairs) => pairs,
            raw => read_pairs(&raw.text()?)?,
        };
        let named = |(name, raw)| match T::parse(raw) {
            Ok(value) => Ok((name, value)),
            Err(allowed) => Err(format!("{name}: {allowed}")),
        };
        pairs.into_iter().map(named).collect::<Result<_, _>>().map(Self)
    }
}

fn read_pairs(text: &str) -> Result<BTreeMap<String, Raw>, String> {
    const ALLOWED: &str = "FROM=TO pairs separated by commas, or a JSON object, are allowed";
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|_| ALLOWED.to_owned());
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let pair = |item: &str| match item.split_once('=') {
        Some((from, to)) if !from.trim().is_empty() => {
            Ok((from.trim().to_owned(), Raw::Text(to.trim().to_owned())))
        }
        _ => Err(ALLOWED.to_owned()),
    };
    items.map(pair).collect()
}

impl Setting for PrivateSources {
    const SHOWN: Shown = Shown::All;

    fn parse(raw: Raw) -> Result<Self, String> {
        Self::from_items(Vec::<String>::parse(raw)?).map_err(|e| e.to_string())
    }
}

impl Setting for SourceHeaders {
    const SHOWN: Shown = Shown::Nothing;

    fn parse(raw: Raw) -> Result<Self, String> {
        let Map(hosts) = Map::<Map<String>>::parse(raw)?;
        Self::from_map(hosts.into_iter().map(|(host, Map(headers))| (host, headers)))
            .map_err(|e| e.to_string())
    }
}
