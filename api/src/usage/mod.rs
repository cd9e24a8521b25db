//! Counting uses, beside the way of the requests: a hit adds to a number in memory, and a task writes the numbers down each
//! `stats.flush`, and once more when the process has answered its last request. A process that is killed loses what it has
//! counted since the last time.

mod flush;
mod pending;
mod table;

use imcaxy_shared::time::Timestamp;

use crate::conditional::Form;
use crate::lookup::Asked;
use crate::reply::Answer;
use table::Table;

pub(crate) use flush::start;

/// Pictures that are counted between two flushes, and that may wait to be written down: what comes beyond is lost, so that neither
/// a crowd of keys nor a catalog that is away takes all memory. Each takes some 300 bytes.
const MOST_KEYS: usize = 100_000;

/// What this process has counted and not written down yet.
pub(crate) struct Usage {
    table: Table,
}

impl Usage {
    /// One that has counted nothing.
    pub(crate) fn new() -> Self {
        Self { table: Table::of(MOST_KEYS) }
    }

    /// Counts an answer, if it is a [use](imcaxy_shared::entry::Uses): one of its entry, if the picture is kept, and one of each source
    /// that the request names. `HEAD` counts as `GET` does.
    pub(crate) fn count(&self, answer: &Answer, now: Timestamp) {
        match answer.opened.form {
            Form::Whole | Form::Part(_) | Form::NotModified => {
                let Asked { key, sources, .. } = &answer.asked;
                self.table.count(key, sources, answer.unkept.is_none(), now);
            }
            Form::PreconditionFailed | Form::Beyond => {}
        }
    }
}
