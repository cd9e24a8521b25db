//! Whether this user may do what the queue does: it is done, in small.

use std::time::Duration;

use futures::StreamExt as _;
use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::time::timeout;

use super::super::Redis;
use super::super::scripts::{Scripts, call};
use super::commands::{COMMANDS, Key, sent};
use crate::backends::step::step;
use crate::finding::Finding;

const COMMANDS_NAME: &str = "commands";
const SCRIPTS_NAME: &str = "scripts";
const NEWS_NAME: &str = "news";
/// How long a message may take from a Redis to itself.
const ECHO: Duration = Duration::from_secs(2);

/// All rights that matter, each once.
pub(super) async fn all(redis: &Redis, connection: &mut MultiplexedConnection) -> Vec<Finding> {
    let commands = step(COMMANDS_NAME, commands(redis, connection)).await;
    let scripts = step(SCRIPTS_NAME, scripts(redis, connection)).await;
    let news = step(NEWS_NAME, news(redis, connection)).await;
    vec![commands, scripts, news]
}

/// What an attempt that failed says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// The user may not use these keys, whatever the command.
    Keys,
    /// The user may not use this channel.
    Channel,
    /// The user may not use the command.
    Command,
    /// Something that is not about rights.
    Other(String),
}

async fn commands(redis: &Redis, connection: &mut MultiplexedConnection) -> Finding {
    let prefix = redis.keys.prefix();
    let mut refused = Vec::new();
    for command in COMMANDS {
        if let Err(cause) = tried(connection.req_packed_command(&sent(command, prefix)).await) {
            refused.push((command.0, refusal(&cause)));
        }
    }
    let mut remove = redis::cmd("DEL");
    remove.arg(Key::ALL.map(|key| key.under(prefix)).as_slice());
    // What may not be removed expires.
    let _kept = connection.req_packed_command(&remove).await;
    told(&refused, &redis.keys.pattern())
}

/// What the commands came to.
fn told(refused: &[(&str, Refusal)], pattern: &str) -> Finding {
    let names = |which: fn(&Refusal) -> bool| -> Vec<&str> {
        refused.iter().filter(|(_, refusal)| which(refusal)).map(|(name, _)| *name).collect()
    };
    let denied = names(|refusal| *refusal == Refusal::Command);
    if !names(|refusal| matches!(refusal, Refusal::Keys | Refusal::Channel)).is_empty() {
        let advice = format!("give the user of redis.url the keys ~{pattern} (ACL SETUSER)");
        return Finding::fail(COMMANDS_NAME, format!("the user may not use keys such as {pattern}"), advice);
    }
    if !denied.is_empty() {
        let rights: Vec<String> = denied.iter().map(|name| format!("+{}", name.to_lowercase())).collect();
        let advice = format!("give the user of redis.url the rights {} (ACL SETUSER)", rights.join(" "));
        return Finding::fail(COMMANDS_NAME, format!("the user may not use {}", denied.join(", ")), advice);
    }
    match refused.iter().find_map(|(name, refusal)| match refusal {
        Refusal::Other(said) => Some(format!("{name}: {said}")),
        _ => None,
    }) {
        Some(said) => Finding::fail(
            COMMANDS_NAME,
            said,
            "see what the message says: the queue needs each of these commands",
        ),
        None => {
            Finding::ok(COMMANDS_NAME, format!("all {} that the queue needs are allowed", COMMANDS.len()))
        }
    }
}

/// The one script that only looks. How it is loaded and called is how all are.
async fn scripts(redis: &Redis, connection: &mut MultiplexedConnection) -> Finding {
    let scripts = Scripts::new();
    let mut live = call(&scripts.live, &redis.keys);
    live.arg("-").arg(1);
    match live.invoke_async::<Value>(connection).await {
        Ok(_) => Finding::ok(SCRIPTS_NAME, "loaded and run"),
        Err(cause) => {
            let advice = "give the user of redis.url the rights +evalsha +script|load, and those of the commands above (ACL SETUSER)";
            Finding::fail(SCRIPTS_NAME, cause.to_string(), advice)
        }
    }
}

/// Listens to a channel beside ours, says something there and waits until it is heard.
async fn news(redis: &Redis, connection: &mut MultiplexedConnection) -> Finding {
    let channel = format!("{}doctor:news", redis.keys.prefix());
    let heard = async {
        let (_, mut listener) = redis.listener().await.map_err(|cause| Refusal::Other(cause.to_string()))?;
        listener.subscribe(&channel).await.map_err(|cause| refusal(&cause))?;
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(&channel).arg("");
        tried(connection.req_packed_command(&publish).await).map_err(|cause| refusal(&cause))?;
        Ok::<_, Refusal>(timeout(ECHO, listener.on_message().next()).await.ok().flatten().is_some())
    };
    let pattern = redis.keys.pattern();
    match heard.await {
        Ok(true) => Finding::ok(NEWS_NAME, "what is published is heard"),
        Ok(false) => Finding::fail(
            NEWS_NAME,
            "what is published is not heard",
            "see whether something stands between here and Redis that does not pass PUBLISH and SUBSCRIBE on",
        ),
        Err(Refusal::Other(said)) => Finding::fail(NEWS_NAME, said, "see what the message says"),
        Err(_) => Finding::fail(
            NEWS_NAME,
            format!("the user may not publish and subscribe to channels such as {pattern}"),
            format!(
                "give the user of redis.url the rights &{pattern} +publish +subscribe +unsubscribe (ACL SETUSER)"
            ),
        ),
    }
}

fn tried(answer: RedisResult<Value>) -> RedisResult<()> {
    answer.and_then(Value::extract_error).map(drop)
}

/// Reads an error. What is refused is told only in words (`acl.c`, `getAclErrorMessage`; before Redis 7 in `ACLCheckAllPerm`'s callers).
fn refusal(cause: &RedisError) -> Refusal {
    if cause.kind() != ErrorKind::Server(ServerErrorKind::NoPerm) {
        return Refusal::Other(cause.to_string());
    }
    let said = cause.detail().unwrap_or_default();
    if said.contains("key") {
        Refusal::Keys
    } else if said.contains("channel") {
        Refusal::Channel
    } else {
        Refusal::Command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn refused(wire: &str) -> Refusal {
        let value = redis::parse_redis_value(format!("-{wire}\r\n").as_bytes()).unwrap();
        refusal(&value.extract_error().unwrap_err())
    }

    #[test]
    fn what_is_refused_is_told_from_the_words() {
        for (wire, expected) in [
            ("NOPERM User x has no permissions to run the 'hset' command", Refusal::Command),
            (
                "NOPERM this user has no permissions to run the 'script|load' command or its subcommand",
                Refusal::Command,
            ),
            ("NOPERM No permissions to access a key", Refusal::Keys),
            (
                "NOPERM this user has no permissions to access one of the keys used as arguments",
                Refusal::Keys,
            ),
            ("NOPERM No permissions to access a channel", Refusal::Channel),
        ] {
            assert_eq!(refused(wire), expected, "{wire}");
        }
        assert!(matches!(refused("OOM command not allowed"), Refusal::Other(_)));
    }

    #[test]
    fn the_advice_names_the_rights_that_are_missing() {
        let keys = [("HSET", Refusal::Command), ("GET", Refusal::Keys)];
        for (refused, verdict, advice) in [
            (&[][..], Verdict::Ok, ""),
            (&[("HSET", Refusal::Command), ("DEL", Refusal::Command)][..], Verdict::Fail, "+hset +del"),
            (&keys[..], Verdict::Fail, "~imcaxy:*"),
            (&[("SET", Refusal::Other("oom".to_owned()))][..], Verdict::Fail, "message"),
        ] {
            let finding = told(refused, "imcaxy:*");
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.advice.unwrap_or_default().contains(advice), "{refused:?}");
        }
    }
}
