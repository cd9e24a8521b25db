//! What a flight hears of its key.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::jobs::{Announced, Announcement};
use imcaxy_shared::ports::{News, Subscription};
use tokio::time::timeout;

use super::{Course, Outcome, Pilot};
use crate::confirmed::Began;

/// How long a flight that has handed over its picture waits to hear that it was kept.
const KEPT_SOON: Duration = Duration::from_secs(10);

impl Pilot {
    /// Takes news that fits.
    pub(super) async fn hear(&mut self, news: Announcement, subscription: &mut Subscription) -> Course {
        let Announcement { key, token, stamp, sources, took, outcome } = news;
        if key != self.asked.key || stamp < self.want {
            return Course::On;
        }
        self.took = took;
        // What comes from a life that ended before this flight's own began was caused by somebody else.
        let caused = self.lives.began(&token);
        match outcome {
            Announced::Stored(entry) => {
                self.confirm(&entry);
                self.land(Outcome::Stored(Arc::new(*entry)), stamp, caused)
            }
            Announced::Body(entry, bytes) => {
                let course = self.land(Outcome::Rendered(Arc::new(*entry), bytes.clone()), stamp, caused);
                if course == Course::Over {
                    self.hold_when_kept(subscription, bytes).await;
                }
                course
            }
            Announced::Unkept { entry, why, body } => {
                self.land(Outcome::Unkept(Arc::new(*entry), why, body), stamp, caused)
            }
            // A failure of another life says nothing about this one.
            Announced::Failed(_) if self.lives.awaited() != Some(&token) => Course::On,
            Announced::Failed(failure) => self.divert(Outcome::Failed { failure, stamp, sources }),
        }
    }

    /// A picture enters memory when it is recorded, as recorded: if an equal twin was first, that one.
    async fn hold_when_kept(&self, subscription: &mut Subscription, bytes: Bytes) {
        let kept = async {
            while let Some(news) = subscription.news.recv().await {
                match news {
                    News::Announced(Announcement { outcome: Announced::Stored(entry), .. }) => {
                        return Some(entry);
                    }
                    News::Announced(Announcement { outcome: Announced::Failed(_), .. }) => return None,
                    _ => {}
                }
            }
            None
        };
        let kept = tokio::select! {
            kept = timeout(KEPT_SOON, kept) => kept.ok().flatten(),
            // A process that ends has no use for its memory.
            () = self.app.lifecycle.stopping() => None,
        };
        if let Some(entry) = kept
            && entry.etag == Entry::etag_of(&bytes)
        {
            self.confirm(&entry);
            self.app.memory.insert(&entry, bytes).await;
        }
    }

    /// What was kept just now counted when its sources were fetched, and may be answered when the catalog goes away.
    fn confirm(&self, entry: &Entry) {
        if let Some(ledger) = self.app.ledger.known() {
            self.app.confirmed.confirm(entry, &ledger.incarnation, entry.stamp, Began::now(&self.app));
        }
    }
}
