//! What a refresh has prepared: it takes the place of what is there when a discard outdates that and not this. Pure.
//!
//! The bytes that a source [has](Source::has) against its newest discard are those of its digest, unless that is from before the discard and
//! those of its next are not. An entry counts on the same terms, then its next one: never both, and of one source always those that were
//! made from the same bytes.

use serde::{Deserialize, Serialize};

use super::doubt::Counting;
use super::{Digest, DigestVerdict, Entry, Found, MadeFrom, ObjectName, Seq, Source, Stamped, Validator};
use crate::time::Timestamp;

/// Bytes of a source that wait for a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextBytes {
    /// Their digest, which is not that of the source, with the stamp of their fetch, which is newer.
    pub digest: Stamped<Digest>,
    /// What the origin said of them.
    pub validator: Validator,
}

/// A rendering of a variant that waits for a switch. Its stamp is above that of the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are fields of an entry")]
pub struct NextPicture {
    pub sources: Vec<MadeFrom>,
    pub stamp: Seq,
    pub content_type: String,
    pub size: u64,
    pub etag: String,
    pub object: ObjectName,
    pub processor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renderer: Option<String>,
    pub created_at: Timestamp,
    pub render_ms: u64,
}

/// What came of fetched bytes that a refresh prepares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparing {
    /// The source has these bytes: as it had before, or the first since its last discard.
    Same,
    /// They are other bytes than it has, and wait.
    Waiting,
    /// They are other bytes than those that wait, which are not replaced: pictures are prepared from those, and their switch may be committed.
    /// Or than those that the source has had since the refresh began, which its switch leaves alone: they would wait for ever.
    Differs,
    /// It was discarded since, or has no document: they are of no use.
    TooLate,
}

impl NextPicture {
    /// What of a rendering of a key waits.
    #[must_use]
    pub fn of(made: Entry) -> Self {
        Self {
            sources: made.sources,
            stamp: made.stamp,
            content_type: made.content_type,
            size: made.size,
            etag: made.etag,
            object: made.object,
            processor: made.processor,
            renderer: made.renderer,
            created_at: made.created_at,
            render_ms: made.render_ms,
        }
    }

    /// Whether it stays where another was prepared for the same key: it is newer, or the first of its stamp and made from the same bytes.
    #[must_use]
    pub fn stays_before(&self, other: &Self) -> bool {
        self.stamp > other.stamp || (self.stamp == other.stamp && self.sources == other.sources)
    }
}

impl Entry {
    /// The entry that its next one makes, with what was counted of the variant.
    #[must_use]
    pub fn switched(&self) -> Option<Self> {
        let next = self.next.as_deref()?.clone();
        Some(Self {
            key: self.key.clone(),
            sources: next.sources,
            stamp: next.stamp,
            next: None,
            operation: self.operation,
            params: self.params.clone(),
            content_type: next.content_type,
            size: next.size,
            etag: next.etag,
            object: next.object,
            processor: next.processor,
            renderer: next.renderer,
            created_at: next.created_at,
            renewed_at: None,
            render_ms: next.render_ms,
            uses: self.uses,
            last_used_at: self.last_used_at,
        })
    }

    /// Whether `next` may wait beside it: it is newer, and what waits already does not [stay](NextPicture::stays_before).
    #[must_use]
    pub fn awaits(&self, next: &NextPicture) -> bool {
        self.stamp < next.stamp && self.next.as_ref().is_none_or(|there| !there.stays_before(next))
    }

    /// What of `before` goes on waiting when this entry takes its place: what is newer than both.
    #[must_use]
    pub fn still_waiting(&self, before: &Self) -> Option<Box<NextPicture>> {
        before.next.clone().filter(|next| next.stamp > self.stamp)
    }

    /// The objects that are named no more when this entry takes the place of `before`.
    #[must_use]
    pub fn replacing(&self, before: Self) -> Vec<ObjectName> {
        let outdone = before.next.filter(|next| next.stamp <= self.stamp);
        [Some(before.object), outdone.map(|next| next.object)].into_iter().flatten().collect()
    }

    /// When its key was rendered last, prepared or not.
    #[must_use]
    pub fn rendered_at(&self) -> Timestamp {
        self.next.as_ref().map_or(self.created_at, |next| next.created_at.max(self.created_at))
    }
}

impl Found {
    /// The entry with `next` waiting in its place, and the object that is named no more. Where what waited counts by the documents and the entry
    /// does not, that is the entry from now on: it is being answered. `None` where there is no entry, or it does not [await](Entry::awaits)
    /// this.
    #[must_use]
    pub fn awaiting(&self, next: &NextPicture) -> Option<(Entry, Option<ObjectName>)> {
        let there = self.entry.as_ref()?;
        let switched = there.switched().filter(|_| self.counting(None) == Some(Counting::Next));
        let (entry, replaced) = match switched {
            Some(switched) => (switched, Some(&there.object)),
            None => (there.clone(), there.next.as_ref().map(|next| &next.object)),
        };
        let waits = Entry { next: Some(Box::new(next.clone())), ..entry.clone() };
        entry.awaits(next).then(|| (waits, replaced.cloned()))
    }
}

impl Source {
    /// The bytes that it has when its newest discard is `newest`; none where no fetch since is known.
    #[must_use]
    pub fn has(&self, newest: Seq) -> Option<&Digest> {
        self.standing(newest).map(|standing| standing.digest)
    }

    /// Takes up what waits, if a discard in the document has outdated the digest and not that; drops it if that is outdated as well.
    /// Answers whether anything is changed.
    pub fn switch(&mut self) -> bool {
        let discarded = self.discarded;
        let outdated = |known: &Stamped<Digest>| known.stamp < discarded;
        match self.next.take_if(|next| outdated(&next.digest) || self.digest.as_ref().is_none_or(outdated)) {
            Some(next) if !outdated(&next.digest) => {
                self.validator = Some(Stamped { value: next.validator, stamp: next.digest.stamp });
                self.digest = Some(next.digest);
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    /// Sets the digest, if these bytes may stand for the source.
    pub fn accept(
        &mut self,
        fetched: &Stamped<Digest>,
        validator: &Validator,
        now: Timestamp,
    ) -> DigestVerdict {
        if !self.accepts(fetched) {
            return DigestVerdict::Differs;
        }
        self.switch();
        // While other bytes wait, a newer stamp would outlive their switch, and what was made of them would count no more.
        let waits = self.next.is_some();
        let digest = match self.digest.take() {
            Some(known) if known.value == fetched.value && waits => known,
            known => fetched.newer_of(known.as_ref()),
        };
        self.set(digest, validator);
        self.checked_at = Some(now);
        DigestVerdict::Accepted
    }

    /// What was said of equal bytes was said of these.
    fn set(&mut self, digest: Stamped<Digest>, validator: &Validator) {
        self.validator = Some(Stamped { value: validator.clone(), stamp: digest.stamp });
        self.digest = Some(digest);
    }

    /// Has bytes wait for the switch of the refresh that began at `since` and has fetched them, where they are others than it has.
    pub fn prepare(
        &mut self,
        fetched: &Stamped<Digest>,
        validator: &Validator,
        since: Seq,
        now: Timestamp,
    ) -> Preparing {
        self.switch();
        if self.discarded > fetched.stamp {
            return Preparing::TooLate;
        }
        self.serves();
        let known = self.digest.as_ref().filter(|known| known.stamp >= self.discarded);
        let has_others = known.is_some_and(|known| known.value != fetched.value);
        let outlives_the_switch = known.is_some_and(|known| known.stamp >= since);
        if let Some(next) = &mut self.next {
            if outlives_the_switch || next.digest.value != fetched.value {
                return Preparing::Differs;
            }
            next.digest = fetched.newer_of(Some(&next.digest));
            return Preparing::Waiting;
        }
        self.checked_at = Some(now);
        if !has_others {
            self.set(fetched.newer_of(self.digest.as_ref()), validator);
            return Preparing::Same;
        }
        if outlives_the_switch {
            return Preparing::Differs;
        }
        self.next = Some(NextBytes { digest: fetched.clone(), validator: validator.clone() });
        Preparing::Waiting
    }
}

impl Stamped<Digest> {
    /// These bytes, with the newer of the stamps: equal ones that were fetched before were there then, others are outdated.
    fn newer_of(&self, known: Option<&Self>) -> Self {
        let stamp = known.map_or(self.stamp, |known| known.stamp.max(self.stamp));
        Self { value: self.value.clone(), stamp }
    }
}

#[cfg(test)]
mod tests;
