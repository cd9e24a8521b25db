//! What replicas tell one another about the ledger. All of it is harmless to lose and to hear twice: the ledger is the truth.

use serde::{Deserialize, Serialize};

use super::ReplicaId;
use crate::entry::{Position, Scope};

/// News for every replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Nudge {
    /// Discards were committed.
    Discarded {
        /// Where the ledger is since.
        position: Position,
        /// What they are about; the last of them is at that position.
        scopes: Vec<Scope>,
    },
    /// A replica has applied the ledger.
    Applied {
        /// Which.
        replica: ReplicaId,
        /// As it was there.
        position: Position,
    },
}

/// A nudge of another version, or no nudge.
#[derive(Debug, thiserror::Error)]
#[error("nudge is malformed: {0}")]
pub struct MalformedNudge(#[from] serde_json::Error);

impl Nudge {
    /// As it is sent.
    ///
    /// # Errors
    /// Never in practice: every field can be written as JSON.
    pub fn write(&self) -> Result<String, MalformedNudge> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none that is known here.
    pub fn read(wire: &[u8]) -> Result<Self, MalformedNudge> {
        Ok(serde_json::from_slice(wire)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seq;

    #[test]
    fn what_is_written_is_read() {
        let position = Position { incarnation: "0123456789abcdef".to_owned(), seq: Seq::new(7) };
        let scopes = vec![Scope::from_store("prefix", "http://a.test/img"), Scope::Everything];
        for nudge in [
            Nudge::Discarded { position: position.clone(), scopes },
            Nudge::Applied { replica: ReplicaId::new(3), position },
        ] {
            assert_eq!(Nudge::read(nudge.write().unwrap().as_bytes()).unwrap(), nudge);
        }
        assert!(Nudge::read(b"{}").is_err());
    }

    #[test]
    fn a_scope_of_a_newer_version_is_unknown() {
        let wire = br#"{"kind":"discarded","position":{"incarnation":"x","seq":1},"scopes":[{"kind":"colour","text":"red"}]}"#;
        let Nudge::Discarded { scopes, .. } = Nudge::read(wire).unwrap() else { panic!() };
        assert_eq!(scopes, [Scope::Unknown]);
    }
}
