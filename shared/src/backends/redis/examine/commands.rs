//! The commands that the queue and its news are made of, each with words that do no harm.

use redis::Cmd;

/// A command, the key that it is tried on, and the words after it.
pub(super) type Command = (&'static str, Key, &'static [&'static str]);

/// What a command is tried on. None is one that a queue has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Hash,
    List,
    Sorted,
    Text,
}

impl Key {
    pub(super) const ALL: [Self; 4] = [Self::Hash, Self::List, Self::Sorted, Self::Text];

    /// Its name.
    pub(super) fn under(self, prefix: &str) -> String {
        let kind = match self {
            Self::Hash => "hash",
            Self::List => "list",
            Self::Sorted => "sorted",
            Self::Text => "text",
        };
        format!("{prefix}doctor:{kind}")
    }
}

/// In such an order that nothing is left at the end, and that what is left by a refusal in between expires.
pub(super) const COMMANDS: &[Command] = &[
    ("HSET", Key::Hash, &["field", "0"]),
    ("PERSIST", Key::Hash, &[]),
    ("PEXPIRE", Key::Hash, &["60000"]),
    ("EXISTS", Key::Hash, &[]),
    ("HGET", Key::Hash, &["field"]),
    ("HMGET", Key::Hash, &["field"]),
    ("HGETALL", Key::Hash, &[]),
    ("HINCRBY", Key::Hash, &["field", "1"]),
    ("HDEL", Key::Hash, &["field"]),
    ("ZADD", Key::Sorted, &["0", "member"]),
    ("ZCARD", Key::Sorted, &[]),
    ("ZSCORE", Key::Sorted, &["member"]),
    ("ZRANGE", Key::Sorted, &["0", "0"]),
    ("ZRANGEBYSCORE", Key::Sorted, &["-inf", "+inf"]),
    ("ZRANGEBYLEX", Key::Sorted, &["-", "+"]),
    ("ZREVRANGE", Key::Sorted, &["0", "0"]),
    ("ZREM", Key::Sorted, &["member"]),
    ("LPUSH", Key::List, &["element"]),
    ("RPUSH", Key::List, &["element"]),
    ("LLEN", Key::List, &[]),
    ("RPOP", Key::List, &[]),
    ("BRPOP", Key::List, &["1"]),
    ("SET", Key::Text, &["", "PX", "60000"]),
    ("GET", Key::Text, &[]),
    ("DEL", Key::Text, &[]),
];

/// The command as it is sent.
pub(super) fn sent(command: &Command, prefix: &str) -> Cmd {
    let (name, key, words) = command;
    let mut sent = redis::cmd(name);
    sent.arg(key.under(prefix)).arg(*words);
    sent
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SOURCES: &[&str] = &[
        include_str!("../lua/claim.lua"),
        include_str!("../lua/common.lua"),
        include_str!("../lua/finish.lua"),
        include_str!("../lua/live.lua"),
        include_str!("../lua/postpone.lua"),
        include_str!("../lua/reap.lua"),
        include_str!("../lua/renew.lua"),
        include_str!("../lua/submit.lua"),
        include_str!("../lua/take.lua"),
        include_str!("../lua/tend.lua"),
        include_str!("../queue.rs"),
    ];

    /// What follows each of `before`, up to the next quotation mark.
    fn quoted<'a>(text: &'a str, before: &'a str, mark: char) -> impl Iterator<Item = &'a str> {
        text.split(before).skip(1).filter_map(move |rest| rest.split(mark).next())
    }

    #[test]
    fn every_command_of_the_queue_is_tried() {
        let mut used: BTreeSet<&str> = BTreeSet::from(["LPUSH", "RPUSH"]); // `refer` is told which
        for source in SOURCES {
            used.extend(quoted(source, "redis.call('", '\''));
            used.extend(quoted(source, "redis::cmd(\"", '"'));
        }
        // Tried by others: the clock, and whether it is reached.
        let tried: BTreeSet<&str> = COMMANDS.iter().map(|(name, ..)| *name).chain(["TIME", "PING"]).collect();
        assert_eq!(used, tried);
    }
}
