//! What the imaginaries are made of: it stands in every entry, and pictures of different builds may differ.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use imcaxy_shared::backends::imaginary::Version;

/// The versions that were told last.
pub(super) struct Versions(Mutex<Known>);

struct Known {
    told: Vec<Option<Version>>,
    /// What has been warned of, so that it is said once.
    warned: BTreeSet<Version>,
}

impl Versions {
    pub(super) fn new(bases: usize) -> Self {
        Self(Mutex::new(Known { told: vec![None; bases], warned: BTreeSet::new() }))
    }

    /// What one of them is made of, in words; `None` while it has not told.
    pub(super) fn of(&self, base: usize) -> Option<String> {
        self.known().told.get(base)?.as_ref().map(Version::to_string)
    }

    /// One of them has told. Answers all versions there are when they are several, and others than those that were last answered.
    pub(super) fn told(&self, base: usize, version: Option<Version>) -> Option<BTreeSet<Version>> {
        let mut known = self.known();
        if let Some(place) = known.told.get_mut(base) {
            *place = version;
        }
        let all: BTreeSet<Version> = known.told.iter().flatten().cloned().collect();
        (all.len() > 1 && known.warned != all).then(|| {
            known.warned.clone_from(&all);
            all
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(bimg: &str) -> Version {
        Version { imaginary: "dev".into(), bimg: bimg.into(), libvips: "8.14.1".into() }
    }

    #[test]
    fn different_versions_are_told_once() {
        let versions = Versions::new(2);
        assert_eq!(versions.told(0, Some(version("1.1.4"))), None);
        assert_eq!(versions.of(0).as_deref(), Some("imaginary dev, bimg 1.1.4, libvips 8.14.1"));
        assert_eq!(versions.of(1), None);
        assert_eq!(versions.told(1, Some(version("1.1.7"))).map(|all| all.len()), Some(2));
        assert_eq!(versions.told(1, Some(version("1.1.7"))), None);
        assert_eq!(versions.told(1, None), None);
        assert_eq!(versions.told(1, Some(version("1.1.9"))).map(|all| all.len()), Some(2));
        assert_eq!(versions.told(0, Some(version("1.1.9"))), None);
    }
}
