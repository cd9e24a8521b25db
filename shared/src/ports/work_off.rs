//! Writing discards into the documents of the sources that they are about.

use super::{Catalog, PortError};
use crate::entry::{Rule, Scope, Source};
use crate::request::SourceId;

/// Sources that are written together.
const PAGE: usize = 500;

/// Writes a rule into the documents of the sources that it matches, as far as they exist, and closes it. Doing it twice, or by several at
/// once, changes nothing more. What else follows for each page of sources is done by `follow`, before the rule is closed. A rule whose
/// scope is [unknown](Scope::Unknown) stays as it is.
///
/// A source that nobody has seen needs nothing: one that is admitted from now on is fetched from now on.
///
/// # Errors
/// The store cannot be reached; the rule may still be open, and whoever finds it goes on with it.
pub async fn work_off<F>(
    catalog: &dyn Catalog,
    rule: &Rule,
    mut follow: impl FnMut(Vec<Source>) -> F,
) -> Result<(), PortError>
where
    F: Future<Output = Result<(), PortError>>,
{
    if rule.scope == Scope::Unknown {
        return Ok(());
    }
    let mut after = None;
    loop {
        let (page, next) = catalog.sources_about(&rule.scope, after.as_ref(), PAGE).await?;
        let page: Vec<Source> = page.into_iter().filter(|source| rule.scope.matches(source)).collect();
        if !page.is_empty() {
            let ids: Vec<SourceId> = page.iter().map(|source| source.id.clone()).collect();
            catalog.outdate(&ids, rule.below).await?;
            follow(page).await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    catalog.close(&[rule.at]).await
}
