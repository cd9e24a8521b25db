//! Who listens to which key.

use std::collections::HashMap;

use tokio::sync::mpsc::{Sender, WeakSender};

use crate::ports::News;
use crate::request::CacheKey;

/// Nudges that one ear has not read yet; beyond it some are missed, which the port allows.
pub(in crate::backends) const NUDGES: usize = 4096;

/// All that listen, by what they listen to.
#[derive(Default)]
pub(in crate::backends) struct Ears(HashMap<CacheKey, Vec<Sender<News>>>);

impl Ears {
    /// Adds one; answers whether it is the first of its key.
    pub(in crate::backends) fn add(&mut self, key: &CacheKey, ear: Sender<News>) -> bool {
        let ears = self.0.entry(key.clone()).or_default();
        ears.push(ear);
        ears.len() == 1
    }

    /// Removes one, and those of its key that are closed; answers whether it was the last.
    pub(in crate::backends) fn remove(&mut self, key: &CacheKey, ear: &WeakSender<News>) -> bool {
        let Some(ears) = self.0.get_mut(key) else { return false };
        let leaving = ear.upgrade();
        ears.retain(|other| {
            !other.is_closed() && leaving.as_ref().is_none_or(|ear| !other.same_channel(ear))
        });
        let last = ears.is_empty();
        if last {
            self.0.remove(key);
        }
        last
    }

    /// Whether anybody listens to a key.
    pub(in crate::backends) fn has(&self, key: &CacheKey) -> bool {
        self.0.contains_key(key)
    }

    /// What is listened to.
    pub(in crate::backends) fn keys(&self) -> impl Iterator<Item = &CacheKey> {
        self.0.keys()
    }

    /// Tells those who listen to a key.
    pub(in crate::backends) fn tell(&self, key: &CacheKey, news: &News) {
        for ear in self.0.get(key).into_iter().flatten() {
            // A listener that does not read, or no longer, misses news; the port allows it.
            let _missed = ear.try_send(news.clone());
        }
    }

    /// Tells everybody.
    pub(in crate::backends) fn tell_all(&self, news: &News) {
        for key in self.0.keys() {
            self.tell(key, news);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::testing::build;

    fn key(width: u32) -> CacheKey {
        build::key("http://a.test/1.jpg", width)
    }

    fn heard(news: &mut Receiver<News>) -> usize {
        std::iter::from_fn(|| news.try_recv().ok()).count()
    }

    #[test]
    fn the_first_of_a_key_and_the_last_are_told_apart_from_the_others() {
        let mut ears = Ears::default();
        let ((one, _one), (other, _other)) = (channel(1), channel(1));
        let leaving = [one.downgrade(), other.downgrade()];
        assert!(ears.add(&key(1), one));
        assert!(!ears.add(&key(1), other));
        assert_eq!(leaving.map(|ear| ears.remove(&key(1), &ear)), [false, true]);
        assert!(!ears.has(&key(1)));
    }

    #[test]
    fn who_stopped_listening_is_removed_with_another() {
        let mut ears = Ears::default();
        let ((one, gone), (other, _other)) = (channel(1), channel(1));
        let leaving = other.downgrade();
        ears.add(&key(1), one);
        ears.add(&key(1), other);
        drop(gone);
        assert!(ears.remove(&key(1), &leaving));
        assert!(!ears.remove(&key(1), &leaving), "nobody is left who could be the last");
    }

    #[test]
    fn who_listens_hears_of_its_own_key_and_of_what_concerns_all() {
        let mut ears = Ears::default();
        let ((one, mut first), (other, mut second)) = (channel(4), channel(1));
        ears.add(&key(1), one);
        ears.add(&key(2), other);
        ears.tell(&key(1), &News::Reconnected);
        assert_eq!((heard(&mut first), heard(&mut second)), (1, 0));
        ears.tell_all(&News::Reconnected);
        ears.tell_all(&News::Reconnected);
        assert_eq!((heard(&mut first), heard(&mut second)), (2, 1), "what has no room is missed");
    }
}
