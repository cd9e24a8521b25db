//! Checking sources: those that are due, or those of a revalidation.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::Scope;
use imcaxy_shared::jobs::Check;
use imcaxy_shared::ports::{PortError, Revalidation};

use super::walk::{Deed, walk};
use crate::Parts;
use crate::check::{Behalf, check_due};
use crate::hold::Hold;

/// How long it may take: less than an attempt, whatever is set. What is left is gone on with.
const BUDGET: Duration = Duration::from_secs(30);

pub(super) async fn check_sources(parts: &Arc<Parts>, hold: &Hold, job: &Check) -> Result<(), PortError> {
    let spell = hold.spell(BUDGET);
    match &job.revalidation {
        None => check_due(parts, &spell).await,
        Some(id) => match parts.revalidations.revalidation(id).await? {
            Some(revalidation) => {
                let behalf = behalf(&revalidation);
                walk(parts, revalidation, Deed::Check(behalf), &spell).await
            }
            None => Ok(()),
        },
    }
}

fn behalf(revalidation: &Revalidation) -> Behalf {
    let mut scopes = revalidation.progress.iter().flat_map(|progress| &progress.scopes);
    // A tag is the name that a CDN knows a source by.
    let is_name = |scope: &Scope| matches!(scope, Scope::Source(_) | Scope::Tag(_));
    if scopes.all(is_name) { Behalf::Named } else { Behalf::Selection }
}
