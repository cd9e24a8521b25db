//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use crate::KitError;

/// A port that was free a moment ago. Whoever uses it must be ready to find it taken, and to ask for another.
pub fn free() -> Result<u16, KitError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(KitError::io("find a free port"))?;
    let address = listener.local_addr().map_err(KitError::io("read the address of a free port"))?;
    Ok(address.port())
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
