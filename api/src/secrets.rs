//! Secrets that a request may know, compared in a time that tells nothing of them.

use imcaxy_shared::config::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Secrets, as their digests: these have one length, so the time of a comparison does not tell that either.
pub(crate) struct Secrets(Vec<[u8; 32]>);

impl Secrets {
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self(secrets.into_iter().map(|secret| Sha256::digest(secret.reveal()).into()).collect())
    }

    /// Which of them was given. All are compared, wherever it is found.
    pub(crate) fn position(&self, given: &[u8]) -> Option<usize> {
        let given: [u8; 32] = Sha256::digest(given).into();
        let mut found = None;
        for (place, known) in self.0.iter().enumerate() {
            if known.ct_eq(&given).into() {
                found = Some(place);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_secret_is_one() {
        let secrets = ["one", "two"].map(|text| Secret::from(text.to_owned()));
        let secrets = Secrets::of(&secrets);
        for (given, place) in [("one", Some(0)), ("two", Some(1)), ("tw", None), ("twos", None), ("", None)] {
            assert_eq!(secrets.position(given.as_bytes()), place, "{given}");
        }
        assert_eq!(Secrets::of([]).position(b""), None);
    }
}
