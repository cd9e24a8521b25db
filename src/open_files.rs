//! How many files the process may have open: each connection is one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Takes what the system grants. The usual 1,024 are meant for programs that cannot bear more, and are fewer than the connections that
/// `server.max_connections` promises.
pub(crate) fn as_many_as_granted() {
    let raise = || {
        let (now, granted) = getrlimit(Resource::RLIMIT_NOFILE)?;
        if now < granted { setrlimit(Resource::RLIMIT_NOFILE, granted, granted) } else { Ok(()) }
    };
    if let Err(cause) = raise() {
        tracing::warn!(%cause, "the number of open files cannot be raised");
    }
}
