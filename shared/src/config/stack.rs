//! Which stack a configuration describes, and whether its settings fit together.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::request::SHORTEST_SIGNATURE_KEY;

use super::{ConfigError, Secret, Settings};

/// What the remote stack needs, all of it.
#[derive(Clone, Debug)]
pub struct Remote {
    /// The queue.
    pub redis: RemoteRedis,
    /// The catalog.
    pub mongodb_url: Secret,
    /// The object store.
    pub s3: RemoteS3,
}

/// A Redis and how to reach it.
#[derive(Clone, Debug)]
pub struct RemoteRedis {
    /// Its URL; the forms are those of `redis.url`.
    pub url: Secret,
    /// A PEM bundle of the certificate authorities to trust; without it the system's.
    pub tls_ca: Option<PathBuf>,
}

/// An S3 bucket and how to reach it.
#[derive(Clone, Debug)]
pub struct RemoteS3 {
    /// The bucket.
    pub bucket: String,
    /// Base URL; without it the region's own.
    pub endpoint: Option<Url>,
    /// The region.
    pub region: String,
    /// Who is asking.
    pub credentials: S3Credentials,
    /// Prefix of every object's name.
    pub prefix: String,
}

/// Keys of an S3.
#[derive(Clone, Debug)]
pub struct S3Credentials {
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: Secret,
    /// What temporary keys come with.
    pub session_token: Option<Secret>,
}

impl Settings {
    /// The remote stack that these settings describe. `fallback` gives the usual AWS variables.
    ///
    /// # Errors
    /// Some of Redis, MongoDB and S3 without the others, or a contradiction; the message says what to set.
    pub fn remote(&self, fallback: impl Fn(&str) -> Option<String>) -> Result<Remote, ConfigError> {
        self.check()?;
        let (Some(redis_url), Some(mongodb_url), Some(bucket)) =
            (&self.redis.url, &self.mongodb.url, &self.s3.bucket)
        else {
            let set = |is_set: bool| if is_set { "set" } else { "not set" };
            return Err(ConfigError(format!(
                "redis.url is {}, mongodb.url is {}, s3.bucket is {}: all three are needed",
                set(self.redis.url.is_some()),
                set(self.mongodb.url.is_some()),
                set(self.s3.bucket.is_some()),
            )));
        };
        if self.sources.allow.is_none() {
            return Err(ConfigError(
                "sources.allow is not set: it must name the hosts that pictures may come from, such as \
                 *.example.com, or * for any public host"
                    .to_owned(),
            ));
        }
        if self.imaginary.url.is_empty() {
            return Err(ConfigError(
                "imaginary.url is not set: it must be the base URL of imaginary, or several of them"
                    .to_owned(),
            ));
        }
        let credential = |setting: Option<String>, name: &str, variable: &str| {
            setting.or_else(|| fallback(variable)).ok_or_else(|| {
                ConfigError(format!("{name} is not set, and neither is {variable}: the bucket needs it"))
            })
        };
        // A session token belongs to the keys beside it.
        let temporary = self.s3.access_key.is_none() && self.s3.secret_key.is_none();
        let session_token = temporary.then(|| fallback("AWS_SESSION_TOKEN")).flatten().map(Secret::from);
        let access_key = credential(self.s3.access_key.clone(), "s3.access_key", "AWS_ACCESS_KEY_ID")?;
        let secret_key = self.s3.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let secret_key = credential(secret_key, "s3.secret_key", "AWS_SECRET_ACCESS_KEY")?;
        Ok(Remote {
            redis: RemoteRedis { url: redis_url.clone(), tls_ca: self.redis.tls_ca.clone() },
            mongodb_url: mongodb_url.clone(),
            s3: RemoteS3 {
                bucket: bucket.clone(),
                endpoint: self.s3.endpoint.clone(),
                region: self.s3.region.clone(),
                credentials: S3Credentials {
                    access_key,
                    secret_key: Secret::from(secret_key),
                    session_token,
                },
                prefix: self.s3.prefix.clone(),
            },
        })
    }

    /// Rules between settings and bounds of single ones that a type cannot hold.
    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |sentence: &str| Err(ConfigError(sentence.to_owned()));
        let name_fits = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        if self.namespace.is_empty() || !name_fits(&self.namespace) {
            return refuse("namespace may hold letters, digits and -_.: only, and at least one of them");
        }
        if self.imaginary.concurrency == 0 {
            return refuse("imaginary.concurrency = 0: at least 1 is needed");
        }
        if self.sources.per_host_concurrency == 0 {
            return refuse("sources.per_host_concurrency = 0: at least 1 is needed");
        }
        let too_short = |key: &Secret| key.reveal().len() < SHORTEST_SIGNATURE_KEY;
        if self.imaginary.signature_key.as_ref().is_some_and(too_short) {
            return refuse("imaginary.signature_key is too short: imaginary needs 32 characters or more");
        }
        if self.imaginary.key.as_ref().is_some_and(|key| http::HeaderValue::from_str(key.reveal()).is_err()) {
            return refuse("imaginary.key is sent in a header: it may hold printable ASCII characters only");
        }
        self.relay()?;
        if self.worker.concurrency == Some(0) {
            return refuse("worker.concurrency = 0: at least 1 is needed");
        }
        if let (Some(first), Some(longest)) = (self.negative.ttl.0, self.negative.max_ttl.0)
            && first > longest
        {
            return refuse("negative.ttl is longer than negative.max_ttl, which bounds it");
        }
        if self.server.max_connections.0 == Some(0) {
            return refuse("server.max_connections = 0: at least 1 is needed, or none");
        }
        if self.server.header_timeout.0 == Some(Duration::ZERO) {
            return refuse("server.header_timeout = 0s: nothing could be read in no time; it may be none");
        }
        self.admin.check()?;
        // A variable that somebody forgot to fill would open the door.
        for (name, secrets) in [("requests.keys", &self.requests.keys), ("signing.key", &self.signing.key)] {
            if secrets.as_ref().is_some_and(Vec::is_empty) {
                return refuse(&format!("{name} is empty: leave it out to need none"));
            }
        }
        let too_short = |key: &Secret| key.reveal().len() < SHORTEST_SIGNATURE_KEY;
        if self.signing.key.iter().flatten().any(too_short) {
            return refuse("signing.key: each key needs 32 characters or more, as imaginary's does");
        }
        if self.requests.allow_origins.as_ref().is_some_and(Vec::is_empty) {
            return refuse("requests.allow_origins is empty: leave it out to allow any");
        }
        Ok(())
    }
}
