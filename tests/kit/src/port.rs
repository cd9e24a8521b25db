//! Free ports on loopback.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use crate::KitError;

/// Below those that a system gives to whoever connects, or listens where it is told to: Linux and macOS begin at 32768 and above. Between a look
/// at a port and its use only one who was given the same one here can take it.
const PORTS: Range<u16> = 10_000..32_000;

/// A port that was free a moment ago. Whoever uses it must be ready to find it taken, and to ask for another.
pub fn free() -> Result<u16, KitError> {
    loop {
        let port = rand::random_range(PORTS);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(taken) if taken.kind() == ErrorKind::AddrInUse => {}
            Err(cause) => return Err(KitError::io("find a free port")(cause)),
        }
    }
}

/// Whether a process that ended said that its port was taken.
#[must_use]
pub fn was_taken(output: &str) -> bool {
    let output = output.to_lowercase();
    ["address already in use", "addrinuse", "specified port is already in use", "bindexception"]
        .iter()
        .any(|words| output.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clash_is_recognised_in_the_words_of_each_server() {
        for line in [
            "Could not create server TCP listening socket 127.0.0.1:1: bind: Address already in use",
            "listen tcp 127.0.0.1:1: bind: address already in use",
            "FATAL Specified port is already in use",
            "java.net.BindException: Address already in use",
        ] {
            assert!(was_taken(line), "{line}");
        }
        assert!(!was_taken("error: no such file or directory"));
    }
}
