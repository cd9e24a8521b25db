//! `signing.key`: imaginary's signature of a request, of any of several keys.

use axum::http::Uri;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use imcaxy_shared::config::Secret;
use imcaxy_shared::request::{Operation, parameter, signature};
use subtle::{Choice, ConstantTimeEq as _};

use crate::error::{Code, Refused};

/// As Go's `base64.RawURLEncoding` reads: no padding, and spare bits at the end are nobody's business.
const RAW_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The keys that may have signed.
pub(super) struct Signatures(Vec<Secret>);

impl Signatures {
    pub(super) fn of(keys: Vec<Secret>) -> Self {
        Self(keys)
    }

    /// Only operations are signed: what is no operation is told so afterwards.
    pub(super) fn admit(&self, uri: &Uri) -> Result<(), Refused> {
        let Some(operation) = Operation::of_path(uri.path()) else { return Ok(()) };
        let query = uri.query().unwrap_or_default();
        let refuse = |message: &str| Err(Refused::new(Code::BadSignature, message));
        match parameter(query, "sign").as_deref().map(read) {
            None => refuse("sign is missing: requests must be signed"),
            Some(None) => refuse("sign is not base64url without padding"),
            Some(Some(given)) if self.fits(operation, query, &given) => Ok(()),
            Some(Some(_)) => refuse("sign does not fit this path and these parameters"),
        }
    }

    /// All keys are tried, whichever fits. The path is the one behind `/imaginary`, once decoded.
    fn fits(&self, operation: Operation, query: &str, given: &[u8]) -> bool {
        let path = format!("/{operation}");
        let fits = self.0.iter().map(|key| match signature(key.reveal().as_bytes(), &path, query) {
            Some(signature) => signature.as_slice().ct_eq(given),
            None => Choice::from(0),
        });
        fits.fold(Choice::from(0), |any, fits| any | fits).into()
    }
}

/// Go passes over line ends inside.
fn read(sign: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = sign.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    RAW_URL.decode(text).ok()
}
