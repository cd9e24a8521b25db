//! Which stack a configuration describes, and whether its settings fit together.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::guard::SourcePattern;
use crate::request::SHORTEST_SIGNATURE_KEY;

use super::{ConfigError, Secret, Settings};

/// What things are kept in. There is nothing in between.
#[derive(Clone, Debug)]
pub enum Stack {
    /// SQLite, files and a queue in the process, for one process alone.
    Embedded,
    /// Redis, MongoDB and S3, for as many as one likes.
    Remote(Box<Remote>),
}

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
    /// The stack that these settings describe: the remote one where any of its servers is named. What depends on the stack and is not set
    /// is filled in. `fallback` gives the usual AWS variables.
    ///
    /// # Errors
    /// Some of Redis, MongoDB and S3 without the others, or a contradiction; the message says what to set.
    pub fn stack(&mut self, fallback: impl Fn(&str) -> Option<String>) -> Result<Stack, ConfigError> {
        if self.redis.url.is_some() || self.mongodb.url.is_some() || self.s3.bucket.is_some() {
            return self.remote(fallback).map(|remote| Stack::Remote(Box::new(remote)));
        }
        ConfigError::unless_empty(self.contradictions())?;
        self.sources.allow.get_or_insert_with(|| vec![SourcePattern::Any]);
        Ok(Stack::Embedded)
    }

    /// The remote stack that these settings describe. `fallback` gives the usual AWS variables.
    ///
    /// # Errors
    /// Some of Redis, MongoDB and S3 without the others, or a contradiction; the message says what to set.
    fn remote(&self, fallback: impl Fn(&str) -> Option<String>) -> Result<Remote, ConfigError> {
        let mut problems = self.contradictions();
        let mut missing = |sentence: String| problems.push(sentence);
        let (redis_url, mongodb_url, bucket) = (&self.redis.url, &self.mongodb.url, &self.s3.bucket);
        if redis_url.is_none() || mongodb_url.is_none() || bucket.is_none() {
            let set = |is_set: bool| if is_set { "set" } else { "not set" };
            missing(format!(
                "redis.url is {}, mongodb.url is {}, s3.bucket is {}: all three are needed, or none of them, which keeps \
                 everything in data_dir",
                set(redis_url.is_some()),
                set(mongodb_url.is_some()),
                set(bucket.is_some()),
            ));
        }
        if self.sources.allow.is_none() {
            missing(
                "sources.allow is not set: it must name the hosts that pictures may come from, such as \
                 *.example.com, or * for any public host"
                    .to_owned(),
            );
        }
        let mut credential = |setting: Option<String>, name: &str, variable: &str| {
            let found = setting.or_else(|| fallback(variable));
            if found.is_none() && bucket.is_some() {
                missing(format!("{name} is not set, and neither is {variable}: the bucket needs it"));
            }
            found
        };
        // A session token belongs to the keys beside it.
        let temporary = self.s3.access_key.is_none() && self.s3.secret_key.is_none();
        let session_token = temporary.then(|| fallback("AWS_SESSION_TOKEN")).flatten().map(Secret::from);
        let access_key = credential(self.s3.access_key.clone(), "s3.access_key", "AWS_ACCESS_KEY_ID");
        let secret_key = self.s3.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let secret_key = credential(secret_key, "s3.secret_key", "AWS_SECRET_ACCESS_KEY");
        let (Some(redis_url), Some(mongodb_url), Some(bucket), Some(access_key), Some(secret_key), true) =
            (redis_url, mongodb_url, bucket, access_key, secret_key, problems.is_empty())
        else {
            return Err(ConfigError(problems));
        };
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

    /// What breaks rules between settings, or bounds of single ones that a type cannot hold: a sentence each.
    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut refuse = |sentence: &str| found.push(sentence.to_owned());
        let name_fits = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        if self.namespace.is_empty() || !name_fits(&self.namespace) {
            refuse("namespace may hold letters, digits and -_.: only, and at least one of them");
        }
        if self.imaginary.concurrency == 0 {
            refuse("imaginary.concurrency = 0: at least 1 is needed");
        }
        if self.sources.per_host_concurrency == 0 {
            refuse("sources.per_host_concurrency = 0: at least 1 is needed");
        }
        let too_short = |key: &Secret| key.reveal().len() < SHORTEST_SIGNATURE_KEY;
        if self.imaginary.signature_key.as_ref().is_some_and(too_short) {
            refuse("imaginary.signature_key is too short: imaginary needs 32 characters or more");
        }
        if self.imaginary.key.as_ref().is_some_and(|key| http::HeaderValue::from_str(key.reveal()).is_err()) {
            refuse("imaginary.key is sent in a header: it may hold printable ASCII characters only");
        }
        if self.imaginary.key.is_some() && self.requests.keys.is_none() && !self.requests.open {
            refuse(
                "imaginary.key is set, but requests.keys is not: whoever reaches this would use imaginary without a key; set \
                 requests.keys, or requests.open = true if that is meant",
            );
        }
        if self.worker.concurrency == Some(0) {
            refuse("worker.concurrency = 0: at least 1 is needed");
        }
        if let (Some(first), Some(longest)) = (self.negative.ttl.0, self.negative.max_ttl.0)
            && first > longest
        {
            refuse("negative.ttl is longer than negative.max_ttl, which bounds it");
        }
        if self.server.max_connections.0 == Some(0) {
            refuse("server.max_connections = 0: at least 1 is needed, or none");
        }
        if self.server.header_timeout.0 == Some(Duration::ZERO) {
            refuse("server.header_timeout = 0s: nothing could be read in no time; it may be none");
        }
        // A variable that somebody forgot to fill would open the door.
        for (name, secrets) in [("requests.keys", &self.requests.keys), ("signing.key", &self.signing.key)] {
            if secrets.as_ref().is_some_and(Vec::is_empty) {
                refuse(&format!("{name} is empty: leave it out to need none"));
            }
        }
        if self.signing.key.iter().flatten().any(too_short) {
            refuse("signing.key: each key needs 32 characters or more, as imaginary's does");
        }
        if self.requests.allow_origins.as_ref().is_some_and(Vec::is_empty) {
            refuse("requests.allow_origins is empty: leave it out to allow any");
        }
        found.extend(self.admin.contradiction());
        found.extend(self.degraded.contradictions());
        found.extend(self.revalidation.contradictions());
        found.extend(self.stats.contradiction());
        found.extend(self.relay().err().iter().flat_map(ConfigError::problems).cloned());
        found
    }
}
