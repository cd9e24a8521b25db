//! Sources that change without anybody's saying so: the process finds out and discards them itself.

use bytes::Bytes;
use imcaxy_testkit::{Behaviour, Origin, System};

use super::pictures::{Pictures, REQUESTS};

/// The variants that are asked for, before and after the change.
const BEFORE: usize = 0;
const AFTER: usize = 1;

/// A source that changes once.
pub struct Drifting {
    name: String,
}

impl Drifting {
    /// One that nobody has asked for.
    pub fn new(origin: &Origin, name: String, photo: Bytes) -> Self {
        origin.behave(&name, Behaviour::bytes(photo));
        Self { name }
    }

    /// Its bytes are others from now on.
    pub fn changes(&self, origin: &Origin, photo: Bytes) {
        origin.behave(&self.name, Behaviour::bytes(photo));
    }

    /// What is asked for before it changes, and what afterwards.
    pub fn paths(&self, origin: &Origin) -> [String; 2] {
        [BEFORE, AFTER].map(|request| format!("{}&url={}", REQUESTS[request], origin.url(&self.name)))
    }

    /// Hits of one source were made from the same bytes, whatever the process had done when it was killed.
    pub async fn is_of_one_version(&self, system: &System, pictures: &Pictures) {
        let mut hits = Vec::new();
        for _ in 0..2 {
            hits.clear();
            for (request, path) in [BEFORE, AFTER].into_iter().zip(self.paths(&system.origin)) {
                let answer = pictures.whole(crate::harness::Answer::get(system, 0, &path).await);
                let version = pictures.photo(request, &answer.body);
                hits.extend(answer.is_hit().then_some(version));
            }
        }
        assert!(hits.windows(2).all(|pair| pair[0] == pair[1]), "{}: {hits:?}", self.name);
    }
}
