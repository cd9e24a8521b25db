//! What is wrong with a Redis, for who operates it.

mod commands;
mod information;
mod rights;

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, InfoDict, RedisError, RedisResult};

use super::master::Opened;
use super::policy::{self, Policy};
use super::{RESPONSE_TIMEOUT, Redis};
use crate::backends::step::{in_time, step, steps};
use crate::finding::{self, Finding, Reading};
use crate::ports::Clock;
use crate::time::Timestamp;
use information::Information;

const REACHED: &str = "reached";

impl Redis {
    /// Looks at what a queue needs of it: at each of its masters, and at what this user may do. It writes below its own keys, which
    /// must be nobody else's, and leaves nothing behind; what it could not remove is gone after a minute.
    pub async fn examine(&self, clock: &dyn Clock) -> Vec<Finding> {
        let opened = match in_time(REACHED, self.commands.opened()).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(cause)) => return vec![not_reached(&cause)],
            Err(silent) => return vec![silent],
        };
        let over = if self.commands.deployment().encrypts() { ", over TLS" } else { "" };
        let mut findings = vec![Finding::ok(REACHED, format!("the master is {}{over}", opened.node))];
        findings.extend(steps("masters", self.masters(&opened)).await);
        let mut connection = opened.connection.clone();
        findings.push(step("clock", told_time(&mut connection, clock)).await);
        findings.extend(rights::all(self, &mut connection).await);
        findings
    }

    async fn masters(&self, opened: &Opened) -> Vec<Finding> {
        let deployment = self.commands.deployment();
        let masters = match deployment.masters(opened).await {
            Ok(masters) => masters,
            Err(cause) => {
                let advice = "allow CLUSTER SLOTS to the user of redis.url";
                return vec![Finding::fail("masters", cause.to_string(), advice)];
            }
        };
        let many = masters.len() > 1;
        let mut findings = Vec::new();
        for master in masters {
            let found = match deployment.access().connect(&master, RESPONSE_TIMEOUT).await {
                Ok(mut connection) => one(&mut connection).await,
                Err(cause) => vec![not_reached(&cause)],
            };
            findings
                .extend(found.into_iter().map(|finding| if many { finding.at(&master) } else { finding }));
        }
        findings
    }
}

/// What one master tells about itself.
async fn one(connection: &mut MultiplexedConnection) -> Vec<Finding> {
    let information = redis::cmd("INFO").query_async::<InfoDict>(connection).await;
    let information = information.ok().map(|told| Information::read(&told));
    let policy = policy::ask(connection).await.unwrap_or(Policy::Untold);
    information::judged(information.as_ref(), &policy)
}

async fn told_time(connection: &mut MultiplexedConnection, clock: &dyn Clock) -> Finding {
    let asked = clock.now();
    let told: RedisResult<(i64, i64)> = redis::cmd("TIME").query_async(connection).await;
    match told {
        Ok((seconds, micros)) => {
            let told = Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(micros / 1000));
            let precision = std::time::Duration::from_millis(1);
            finding::clock(&Reading { asked, answered: clock.now(), told, precision }, None)
        }
        Err(cause) => {
            Finding::warn("clock", format!("not told: {cause}"), "allow TIME to the user of redis.url")
        }
    }
}

fn not_reached(cause: &RedisError) -> Finding {
    let advice = match cause.kind() {
        ErrorKind::AuthenticationFailed => "set user and password in redis.url as this Redis has them",
        ErrorKind::InvalidClientConfig => "write redis.url in the form that fits this deployment",
        ErrorKind::Io => {
            "see whether it runs, whether redis.url names its host and port, whether a firewall lets this machine through, and \
             whether one side speaks TLS and the other does not (rediss, redis.tls_ca)"
        }
        _ if matches!(cause.code(), Some("NOAUTH" | "WRONGPASS")) => {
            "set user and password in redis.url as this Redis has them"
        }
        _ => "the message says what Redis wants; without Redis hits go on and nothing new is rendered",
    };
    Finding::fail(REACHED, cause.to_string(), advice)
}
