//! Objects that no entry names, as crashes leave them.

use imcaxy_testkit::system::Scope;

use super::store;
use super::stores::orphans;

/// Removes the objects that no entry names, and answers how many there were: a test that has made some says so, and
/// its system still ends with nothing left over.
pub async fn remove_orphans(scope: &Scope) -> usize {
    let orphans = orphans(scope).await;
    for orphan in &orphans {
        store(scope).delete(&orphan.parse().expect("an object's name")).await.expect("deleted");
    }
    orphans.len()
}
