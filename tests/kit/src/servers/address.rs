//! Where the servers are, as the environment says it.

use std::env;

use super::Servers;
use crate::KitError;

/// An environment variable that says where a server is.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub purpose: &'static str,
}

pub(super) const REDIS: Variable = Variable { name: "IMCAXY_TEST_REDIS_URL", purpose: "the URL of a Redis" };
pub(super) const MONGODB: Variable =
    Variable { name: "IMCAXY_TEST_MONGODB_URL", purpose: "the URL of a MongoDB, without a database" };
pub(super) const S3_ENDPOINT: Variable =
    Variable { name: "IMCAXY_TEST_S3_ENDPOINT", purpose: "the base URL of an S3" };
const S3_ACCESS_KEY: Variable = Variable {
    name: "IMCAXY_TEST_S3_ACCESS_KEY",
    purpose: "an access key of that S3, which may create buckets",
};
const S3_SECRET_KEY: Variable =
    Variable { name: "IMCAXY_TEST_S3_SECRET_KEY", purpose: "the secret key that belongs to the access key" };
const S3_REGION: Variable = Variable { name: "IMCAXY_TEST_S3_REGION", purpose: "the region of that S3" };
pub(super) const IMAGINARY: Variable =
    Variable { name: "IMCAXY_TEST_IMAGINARY_URL", purpose: "the base URL of an imaginary" };

/// Every variable that [`Servers::from_env`] reads.
pub const VARIABLES: [Variable; 7] =
    [REDIS, MONGODB, S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION, IMAGINARY];

/// The region of an S3 that was not told another one.
const USUAL_REGION: &str = "us-east-1";

impl Variable {
    /// Its value, if it is set and not empty.
    pub(super) fn value(&self) -> Option<String> {
        env::var(self.name).ok().filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self) -> Result<String, KitError> {
        self.value().ok_or(KitError::Unset { variable: self.name, purpose: self.purpose })
    }
}

/// An S3 and who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Its base URL.
    pub endpoint: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// The region.
    pub region: String,
}

impl S3 {
    pub(super) fn at(endpoint: String, access_key: String, secret_key: String) -> Self {
        Self { endpoint, access_key, secret_key, region: USUAL_REGION.to_owned() }
    }

    pub(super) fn required() -> Result<Self, KitError> {
        let mut s3 = Self::at(S3_ENDPOINT.required()?, S3_ACCESS_KEY.required()?, S3_SECRET_KEY.required()?);
        if let Some(region) = S3_REGION.value() {
            s3.region = region;
        }
        Ok(s3)
    }
}

pub(super) fn variables(servers: &Servers) -> Vec<(&'static str, String)> {
    vec![
        (REDIS.name, servers.redis_url.clone()),
        (MONGODB.name, servers.mongodb_url.clone()),
        (S3_ENDPOINT.name, servers.s3.endpoint.clone()),
        (S3_ACCESS_KEY.name, servers.s3.access_key.clone()),
        (S3_SECRET_KEY.name, servers.s3.secret_key.clone()),
        (S3_REGION.name, servers.s3.region.clone()),
        (IMAGINARY.name, servers.imaginary_url.clone()),
    ]
}

/// Puts the database between the hosts and the options.
pub(super) fn with_database(url: &str, database: &str) -> String {
    let (hosts, options) = url.split_once('?').unwrap_or((url, ""));
    let separator = if options.is_empty() { "" } else { "?" };
    format!("{}/{database}{separator}{options}", hosts.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_goes_between_hosts_and_options() {
        for (url, expected) in [
            ("mongodb://h:1", "mongodb://h:1/db"),
            ("mongodb://h:1/", "mongodb://h:1/db"),
            ("mongodb://h:1/?replicaSet=r", "mongodb://h:1/db?replicaSet=r"),
            ("mongodb://a:1,b:2/?w=1&x=2", "mongodb://a:1,b:2/db?w=1&x=2"),
        ] {
            assert_eq!(with_database(url, "db"), expected);
        }
    }

    #[test]
    fn a_missing_variable_is_named_with_the_way_to_have_it() {
        let nowhere = Variable { name: "IMCAXY_TEST_NOT_THERE", purpose: "the URL of nothing" };
        let message = nowhere.required().expect_err("is not set").to_string();
        assert_eq!(
            message,
            "IMCAXY_TEST_NOT_THERE is not set: the URL of nothing; run `cargo xtask test`, which provides it"
        );
    }
}
