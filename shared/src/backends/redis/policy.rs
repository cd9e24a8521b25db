//! What Redis does when its memory is full. It must refuse to write: an evicted job or claim is a job that is done
//! twice or never.

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, InfoDict, RedisError, RedisResult};

use super::{RESPONSE_TIMEOUT, Redis, unavailable, unusable};
use crate::ports::PortError;

/// The one policy with which nothing disappears.
const NEEDED: &str = "noeviction";

/// What a Redis answered when it was asked for its eviction policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It keeps everything.
    Keeps,
    /// It throws keys away when it is full.
    Evicts {
        /// The policy's name.
        policy: String,
    },
    /// It does not tell.
    Untold,
}

impl Redis {
    /// What the masters do when their memory is full; of a Cluster the worst, since keys may move.
    ///
    /// # Errors
    /// One cannot be reached, or the URL means another kind of deployment than is there.
    pub async fn policy(&self) -> Result<Policy, PortError> {
        let deployment = self.commands.deployment();
        let asking = async {
            let opened = self.commands.opened().await?;
            let mut worst = Policy::Keeps;
            for master in deployment.masters(&opened).await? {
                let mut connection = deployment.access().connect(&master, RESPONSE_TIMEOUT).await?;
                worst = ask(&mut connection).await?.worse(worst);
            }
            Ok(worst)
        };
        asking.await.map_err(|cause: RedisError| match cause.kind() {
            ErrorKind::InvalidClientConfig => unusable(&cause),
            _ => unavailable(&cause),
        })
    }
}

impl Policy {
    /// What the name of a policy means.
    fn of(name: Option<String>) -> Self {
        match name {
            None => Self::Untold,
            Some(name) if name.eq_ignore_ascii_case(NEEDED) => Self::Keeps,
            Some(policy) => Self::Evicts { policy },
        }
    }

    /// The one that matters more.
    fn worse(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Evicts { .. }, _) | (Self::Untold, Self::Keeps) => self,
            _ => other,
        }
    }
}

/// Asks one Redis, in the two ways there are: a managed one may allow one, both or neither.
///
/// # Errors
/// It cannot be reached.
pub(super) async fn ask(connection: &mut MultiplexedConnection) -> RedisResult<Policy> {
    let info = redis::cmd("INFO").arg("memory").query_async::<InfoDict>(connection).await;
    if let Some(name) = told(info)?.and_then(|info| info.get("maxmemory_policy")) {
        return Ok(Policy::of(Some(name)));
    }
    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg("maxmemory-policy");
    let pair = told(config.query_async::<Vec<String>>(connection).await)?;
    Ok(Policy::of(pair.and_then(|pair| pair.into_iter().nth(1))))
}

/// A refusal to tell is an answer; a connection that broke is none.
fn told<T>(answer: RedisResult<T>) -> RedisResult<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(cause) if cause.is_io_error() => Err(cause),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evicts(policy: &str) -> Policy {
        Policy::Evicts { policy: policy.to_owned() }
    }

    #[test]
    fn only_one_policy_keeps_everything() {
        for (name, expected) in [
            (Some("noeviction"), Policy::Keeps),
            (Some("allkeys-lru"), evicts("allkeys-lru")),
            (Some("volatile-ttl"), evicts("volatile-ttl")),
            (None, Policy::Untold),
        ] {
            assert_eq!(Policy::of(name.map(str::to_owned)), expected);
        }
    }

    #[test]
    fn of_many_masters_the_worst_counts() {
        for (one, other, worse) in [
            (Policy::Keeps, Policy::Keeps, Policy::Keeps),
            (Policy::Keeps, Policy::Untold, Policy::Untold),
            (Policy::Untold, evicts("x"), evicts("x")),
            (evicts("x"), Policy::Keeps, evicts("x")),
        ] {
            assert_eq!(one.clone().worse(other.clone()), worse);
            assert_eq!(other.worse(one), worse);
        }
    }
}
