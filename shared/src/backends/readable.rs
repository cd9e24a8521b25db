//! Pages of what a store holds, without what cannot be read: what somebody broke, or another version wrote, costs nobody the rest.

use crate::entry::{Source, SourceRef};
use crate::ports::{PortError, SourcesPage, Trouble};

/// How many of a list may be left out. One of which more cannot be read says so, instead of being gone through to its end.
const MOST_LEFT_OUT: usize = 1000;

/// How often it is looked for others in the place of those that are left alone, within one call.
pub(super) const MOST_LOOKS: usize = 5;

/// What was found, as far as it can be read.
pub(super) struct Readable<T> {
    pub items: Vec<T>,
    /// What cannot.
    pub left_out: Vec<LeftOut>,
    /// Why the first of them cannot.
    cause: Option<PortError>,
}

/// What cannot be read, as far as it says what it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub id: String,
    /// Of a source that can tell.
    pub url: Option<String>,
}

impl<T> Readable<T> {
    /// Of what was found.
    ///
    /// # Errors
    /// It is not that something cannot be read: the store cannot be.
    pub fn of(found: impl IntoIterator<Item = (LeftOut, Result<T, PortError>)>) -> Result<Self, PortError> {
        let mut readable = Self { items: Vec::new(), left_out: Vec::new(), cause: None };
        for (it, read) in found {
            match read {
                Ok(item) => readable.items.push(item),
                Err(cause) if cause.trouble() != Trouble::Unusable => return Err(cause),
                Err(cause) => {
                    readable.left_out.push(it);
                    readable.cause.get_or_insert(cause);
                }
            }
        }
        Ok(readable)
    }

    /// How many were found.
    pub fn found(&self) -> usize {
        self.items.len() + self.left_out.len()
    }

    /// How many are to be read for a list of `most`, where not as many can be read of the `asked` that were asked for, and there are more.
    ///
    /// # Errors
    /// Of the list nearly nothing can be read.
    pub fn falls_short(&mut self, most: usize, asked: usize) -> Result<Option<usize>, PortError> {
        if self.items.len() >= most || self.found() < asked {
            return Ok(None);
        }
        match self.cause.take_if(|_| self.left_out.len() > MOST_LEFT_OUT) {
            Some(cause) => Err(cause),
            None => Ok(Some(most + self.left_out.len())),
        }
    }

    /// The same, when it was told in the log that some are left out of a page of `collection`.
    pub fn told(self, collection: &'static str) -> Self {
        if let (Some(LeftOut { id, .. }), Some(cause)) = (self.left_out.first(), &self.cause) {
            let left_out = self.left_out.len();
            tracing::warn!(collection, id, %cause, left_out, "what cannot be read is left out");
        }
        self
    }
}

impl Readable<Source> {
    /// All of them, in any order.
    pub fn all(self) -> SourcesPage {
        // What has another id is nobody's: no source is asked for by it.
        let source = |LeftOut { id, url }: LeftOut| {
            Some(SourceRef { id: id.parse().ok()?, url: url.unwrap_or_default() })
        };
        let unreadable = self.left_out.into_iter().filter_map(source).collect();
        SourcesPage { sources: self.items, unreadable, next: None }
    }

    /// A page of up to `most` sources in order of id.
    ///
    /// # Errors
    /// Nobody knows where to go on.
    pub fn in_order(mut self, most: usize) -> Result<SourcesPage, PortError> {
        let is_last = self.found() < most;
        let cause = self.cause.take();
        let SourcesPage { sources, unreadable, .. } = self.all();
        let last = sources.last().map(|source| &source.id).max(unreadable.last().map(|one| &one.id)).cloned();
        match cause.filter(|_| last.is_none() && !is_last) {
            Some(cause) => Err(cause),
            None => Ok(SourcesPage { sources, unreadable, next: last.filter(|_| !is_last) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        cause: impl Fn(usize) -> PortError,
        readable: usize,
        broken: usize,
    ) -> Result<Readable<usize>, PortError> {
        let left_out = |id: usize| LeftOut { id: id.to_string(), url: None };
        let broken = (0..broken).map(|number| (left_out(number), Err(cause(number))));
        Readable::of((0..readable).map(|number| (left_out(number), Ok(number))).chain(broken))
    }

    fn found(readable: usize, broken: usize) -> Readable<usize> {
        of(|number| PortError::unusable("a store", number), readable, broken).unwrap()
    }

    #[test]
    fn as_many_more_are_read_as_cannot_be() {
        for (readable, broken, asked, more) in [
            (3, 0, 3, None),
            (4, 9, 13, None),
            (2, 0, 2, Some(3)),
            (2, 0, 3, None),
            (2, 1, 3, Some(4)),
            (0, 6, 6, Some(9)),
            (0, 6, 7, None),
        ] {
            let mut page = found(readable, broken);
            assert_eq!(page.falls_short(3, asked).unwrap(), more, "{readable} and {broken} of {asked}");
            assert_eq!((page.items.len(), page.left_out.len()), (readable, broken));
        }
    }

    #[test]
    fn a_list_of_which_nearly_nothing_can_be_read_says_why_unless_that_was_all() {
        assert!(found(2, MOST_LEFT_OUT).falls_short(3, 2).is_ok());
        let many = MOST_LEFT_OUT + 1;
        let refused = found(2, many).falls_short(3, 2 + many).unwrap_err();
        assert_eq!(refused.to_string(), "a store: 0");
        assert_eq!(found(2, many).falls_short(3, 3 + many).unwrap(), None);
    }

    #[test]
    fn a_store_that_is_away_leaves_nothing_out() {
        assert!(of(|number| PortError::unavailable("a store", number), 2, 1).is_err());
    }
}
