//! What a failed command says about the connection that it was sent on.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What is to be done with the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is as good as before: the failure is the answer.
    Answer,
    /// It leads to a node that has not, or no longer, what we ask for. The command was not carried out.
    Elsewhere,
    /// It cannot be trusted any more. Whether the command was carried out is not known.
    Broken,
}

/// Reads an error. A replica says READONLY (before Redis 7 inside the words of a failed script) or MASTERDOWN, a node of a Cluster
/// MOVED or CLUSTERDOWN. LOADING passes, and so do ASK and TRYAGAIN: while a Cluster moves the slot of our keys, scripts over
/// several keys are carried out nowhere.
pub(super) fn meaning(error: &RedisError) -> Meaning {
    match error.kind() {
        ErrorKind::Server(
            ServerErrorKind::ReadOnly
            | ServerErrorKind::MasterDown
            | ServerErrorKind::Moved
            | ServerErrorKind::ClusterDown,
        ) => Meaning::Elsewhere,
        ErrorKind::Server(ServerErrorKind::ResponseError)
            if error.detail().is_some_and(|detail| detail.contains("-READONLY")) =>
        {
            Meaning::Elsewhere
        }
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::AuthenticationFailed => Meaning::Broken,
        _ => Meaning::Answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_server_says_where_to_ask_next() {
        for (wire, expected) in [
            ("READONLY You can't write against a read only replica.", Meaning::Elsewhere),
            ("ERR Error running script: @user_script:1: -READONLY You can't write", Meaning::Elsewhere),
            ("MASTERDOWN Link with MASTER is down", Meaning::Elsewhere),
            ("MOVED 3999 127.0.0.1:6381", Meaning::Elsewhere),
            ("CLUSTERDOWN The cluster is down", Meaning::Elsewhere),
            ("LOADING Redis is loading the dataset in memory", Meaning::Answer),
            ("ASK 3999 127.0.0.1:6381", Meaning::Answer),
            ("TRYAGAIN Multiple keys request during rehashing of slot", Meaning::Answer),
            ("NOSCRIPT No matching script.", Meaning::Answer),
            ("OOM command not allowed when used memory > 'maxmemory'.", Meaning::Answer),
            ("UNBLOCKED force unblock from blocking operation", Meaning::Answer),
        ] {
            let value = redis::parse_redis_value(format!("-{wire}\r\n").as_bytes()).unwrap();
            assert_eq!(meaning(&value.extract_error().unwrap_err()), expected, "{wire}");
        }
    }

    #[test]
    fn a_connection_that_broke_or_was_silent_is_given_up() {
        for kind in [std::io::ErrorKind::BrokenPipe, std::io::ErrorKind::TimedOut, std::io::ErrorKind::Other]
        {
            assert_eq!(meaning(&std::io::Error::from(kind).into()), Meaning::Broken, "{kind:?}");
        }
    }
}
