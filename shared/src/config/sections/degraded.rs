//! What is done without the queue.

use confique::Config;

use super::super::value::{BaseUrl, Secret, value};

/// What is done without the queue.
#[derive(Clone, Debug, Config)]
pub struct Degraded {
    /// Base URLs of workers (their `worker.listen`), separated by commas. With the queue away for two seconds, an API passes misses
    /// straight to them: what they render is answered (`Cache-Status: …; fwd=bypass; detail=degraded`) and not kept, and equal requests
    /// of several APIs are rendered several times.
    #[config(default = "", deserialize_with = value)]
    pub workers: Vec<BaseUrl>,

    /// What such a request is signed with: the same for APIs and workers. A worker that has none answers none.
    #[config(deserialize_with = value)]
    pub secret: Option<Secret>,

    /// Renders at once that one worker does so, beside its jobs; above it the next worker is asked, and at last the answer is 503.
    #[config(default = "4", deserialize_with = value)]
    pub concurrency: usize,
}

impl Degraded {
    /// What does not fit together: a sentence each.
    pub(in super::super) fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.secret.is_none() && !self.workers.is_empty() {
            found.push(
                "degraded.workers is set, but degraded.secret is not: workers answer only who signs with it; set the same \
                 degraded.secret for APIs and workers"
                    .to_owned(),
            );
        }
        if self.concurrency == 0 {
            found.push("degraded.concurrency = 0: at least 1 is needed".to_owned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Layers;

    #[test]
    fn workers_need_a_secret_and_a_secret_no_workers() {
        let (workers, secret) = ("IMCAXY_DEGRADED_WORKERS", "IMCAXY_DEGRADED_SECRET");
        for (pairs, said) in [
            (vec![(workers, "http://worker-1:9001, http://worker-2:9001")], Some("degraded.secret is not")),
            (vec![("IMCAXY_DEGRADED_CONCURRENCY", "0")], Some("degraded.concurrency = 0")),
            (vec![(workers, "http://worker-1:9001"), (secret, "s3cret")], None),
            (vec![(secret, "s3cret")], None),
            (vec![], None),
        ] {
            let mut layers = Layers::default();
            let set = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            layers.environment(set).unwrap();
            let found = layers.settings().unwrap().degraded.contradictions();
            match said {
                Some(said) => assert!(found.len() == 1 && found[0].contains(said), "{found:?}"),
                None => assert!(found.is_empty(), "{found:?}"),
            }
        }
    }
}
