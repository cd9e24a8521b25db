//! Pages of what a store holds, without what cannot be read: what somebody broke, or another version wrote, costs nobody the rest.

use crate::entry::Source;
use crate::ports::{PortError, SourcesPage};
use crate::request::SourceId;

/// How many of a list may be left out. One of which more cannot be read says so, instead of being gone through to its end.
const MOST_LEFT_OUT: usize = 1000;

/// What was found, as far as it can be read.
pub(super) struct Readable<T> {
    pub items: Vec<T>,
    /// The ids of what cannot.
    pub left_out: Vec<String>,
    /// Why the first of them cannot.
    cause: Option<PortError>,
}

impl<T> Readable<T> {
    /// Of what was found, with its ids.
    pub fn of(found: impl IntoIterator<Item = (String, Result<T, PortError>)>) -> Self {
        let mut readable = Self { items: Vec::new(), left_out: Vec::new(), cause: None };
        for (id, read) in found {
            match read {
                Ok(item) => readable.items.push(item),
                Err(cause) => {
                    readable.left_out.push(id);
                    readable.cause.get_or_insert(cause);
                }
            }
        }
        readable
    }

    /// How many are to be read for a list of `most`, where not as many can be read of those that were.
    ///
    /// # Errors
    /// Of the list nearly nothing can be read.
    pub fn falls_short(&mut self, most: usize) -> Result<Option<usize>, PortError> {
        if self.items.len() >= most {
            return Ok(None);
        }
        match self.cause.take_if(|_| self.left_out.len() > MOST_LEFT_OUT) {
            Some(cause) => Err(cause),
            None => Ok(Some(most + self.left_out.len())),
        }
    }

    /// The same, when it was told in the log that some are left out of a page of `collection`.
    pub fn told(self, collection: &'static str) -> Self {
        if let (Some(id), Some(cause)) = (self.left_out.first(), &self.cause) {
            let left_out = self.left_out.len();
            tracing::warn!(collection, id, %cause, left_out, "what cannot be read is left out");
        }
        self
    }
}

impl Readable<Source> {
    /// A page of up to `most` sources in order of id.
    ///
    /// # Errors
    /// Nobody knows where to go on.
    pub fn in_order(self, most: usize) -> Result<SourcesPage, PortError> {
        let is_last = self.items.len() + self.left_out.len() < most;
        // What has another id is nobody's: no source is asked for by it.
        let unreadable: Vec<SourceId> = self.left_out.iter().filter_map(|id| id.parse().ok()).collect();
        let last = self.items.last().map(|source| &source.id).max(unreadable.last()).cloned();
        match self.cause.filter(|_| last.is_none() && !is_last) {
            Some(cause) => Err(cause),
            None => Ok(SourcesPage { sources: self.items, unreadable, next: last.filter(|_| !is_last) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(readable: usize, broken: usize) -> Readable<usize> {
        let broken =
            (0..broken).map(|number| (number.to_string(), Err(PortError::unusable("a store", number))));
        Readable::of((0..readable).map(|number| (String::new(), Ok(number))).chain(broken))
    }

    #[test]
    fn as_many_more_are_read_as_cannot_be() {
        for (readable, broken, more) in
            [(3, 0, None), (4, 9, None), (2, 0, Some(3)), (2, 1, Some(4)), (0, 6, Some(9))]
        {
            let mut page = found(readable, broken);
            assert_eq!(page.falls_short(3).unwrap(), more, "{readable} and {broken}");
            assert_eq!((page.items.len(), page.left_out.len()), (readable, broken));
        }
    }

    #[test]
    fn a_list_of_which_nearly_nothing_can_be_read_says_why() {
        assert!(found(2, MOST_LEFT_OUT).falls_short(3).is_ok());
        let refused = found(2, MOST_LEFT_OUT + 1).falls_short(3).unwrap_err();
        assert_eq!(refused.to_string(), "a store: 0");
    }
}
