//! Writing discards into the documents of the sources that they are about.

use super::{Catalog, PortError};
use crate::entry::{Rule, Scope};
use crate::request::SourceId;
use crate::time::Timestamp;

/// Sources that are written together.
const PAGE: usize = 500;

/// How far somebody has gone over the sources of a rule. Who has none begins at the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The last source that was looked at, in order of id.
    pub after: Option<SourceId>,
    /// How many sources it was about so far.
    pub sources: u64,
}

/// Writes a rule into the documents of the sources that it matches, as far as they exist, though they cannot be
/// read: who can read them must not find that they were never discarded. Then closes it. Doing it twice, or by several at
/// once, changes nothing more. What else follows for each page of sources is done by `follow`, before the rule is closed. A rule whose
/// scope is [unknown](Scope::Unknown) stays as it is.
///
/// It is asked before each page whether to `go_on`; answers whether the rule is closed. Until it is, `walk` says where to go on.
///
/// A source that nobody has seen needs nothing: one that is admitted from now on is fetched from now on.
///
/// # Errors
/// The store cannot be reached; the rule may still be open, and whoever finds it goes on with it.
pub async fn work_off<F>(
    catalog: &dyn Catalog,
    rule: &Rule,
    walk: &mut Walk,
    now: Timestamp,
    mut go_on: impl FnMut() -> bool,
    mut follow: impl FnMut(Vec<SourceId>) -> F,
) -> Result<bool, PortError>
where
    F: Future<Output = Result<(), PortError>>,
{
    if rule.scope == Scope::Unknown {
        return Ok(false);
    }
    while go_on() {
        let page = catalog.sources_about(&rule.scope, walk.after.as_ref(), PAGE).await?;
        let ids: Vec<SourceId> = page.about(&rule.scope).cloned().collect();
        let many = ids.len() as u64;
        if !ids.is_empty() {
            catalog.outdate(&ids, rule.below, now).await?;
            follow(ids).await?;
        }
        walk.sources += many;
        match page.next {
            Some(next) => walk.after = Some(next),
            None => {
                catalog.close(&[rule.at]).await?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}
