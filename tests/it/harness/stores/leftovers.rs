//! What should not be there when a system has ended.

use imcaxy_testkit::system::{Scope, Stores};

use super::{Kept, Table, embedded, ids, remote};

/// Jobs, claims, files half written, entries without object, objects without entry.
pub async fn leftovers(scope: Scope) -> Vec<String> {
    let mut left = match &scope.stores {
        Stores::Remote(stores) => remote::lasting_keys(stores).await,
        // Jobs end with the process, and were looked for before.
        Stores::Embedded(folder) => {
            let unfinished = embedded::unfinished(folder.path());
            unfinished.into_iter().map(|file| format!("a file half written: {file}")).collect()
        }
    };
    let kept = Kept::of(&scope).await;
    let named = kept.named();
    left.extend(
        named.difference(&kept.objects).map(|object| format!("an entry without its object {object}")),
    );
    let orphans = orphans(&scope).await;
    left.extend(orphans.into_iter().map(|object| format!("an object without entry: {object}")));
    left
}

/// The objects that no entry names, but for what was replaced and waits in the outbox until its readers have gone.
pub async fn orphans(scope: &Scope) -> Vec<String> {
    let kept = Kept::of(scope).await;
    let outbox = ids(scope, Table::Outbox).await;
    let leaving = |object: &&String| outbox.contains(&format!("delete/{object}"));
    kept.objects.difference(&kept.named()).filter(|object| !leaving(object)).cloned().collect()
}
