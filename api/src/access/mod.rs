//! Who may ask for pictures. All of it is checked before anything is looked up, so no hit goes past it.

mod key;
mod origin;
mod signature;

use axum::http::request::Parts;
use axum::http::{Method, Uri};
use imcaxy_shared::config::Settings;
use imcaxy_shared::request::Operation;

use crate::error::{Code, Refused};
use key::Keys;
use origin::Origins;
use signature::Signatures;

/// What a request must be before anybody asks what it wants.
pub(crate) struct Gate {
    max_uri: u64,
    keys: Option<Keys>,
    origins: Option<Origins>,
    signatures: Option<Signatures>,
}

impl Gate {
    pub(crate) fn of(settings: &Settings) -> Self {
        let requests = &settings.requests;
        Self {
            max_uri: requests.max_uri.bytes(),
            keys: requests.keys.as_deref().map(Keys::of),
            origins: requests.allow_origins.clone().map(Origins::of),
            signatures: settings.signing.key.clone().map(Signatures::of),
        }
    }

    /// Lets a request pass, or says what it lacks: the cheapest question first.
    pub(crate) fn admit(&self, http: &Parts) -> Result<(), Refused> {
        self.fits(&http.uri)?;
        has_method(http)?;
        if let Some(keys) = &self.keys {
            keys.admit(http)?;
        }
        if let Some(origins) = &self.origins {
            origins.admit(&http.headers)?;
        }
        if let Some(signatures) = &self.signatures {
            signatures.admit(&http.uri)?;
        }
        Ok(())
    }

    /// The same of a target alone, with whose request everything else would be right: an API key counts if there is one.
    pub(crate) fn admit_target(&self, target: &Uri) -> Result<(), Refused> {
        self.fits(target)?;
        if let Some(keys) = &self.keys {
            keys.admit_target(target)?;
        }
        self.signatures.as_ref().map_or(Ok(()), |signatures| signatures.admit(target))
    }

    /// The longest request target, in bytes: no URL that a request names is longer.
    pub(crate) fn longest_target(&self) -> u64 {
        self.max_uri
    }

    fn fits(&self, target: &Uri) -> Result<(), Refused> {
        let target = target.path_and_query().map_or(0, |target| target.as_str().len());
        if target as u64 <= self.max_uri {
            return Ok(());
        }
        let message = format!("the request target is longer than requests.max_uri ({} bytes)", self.max_uri);
        Err(Refused::new(Code::UriTooLong, message))
    }
}

/// What is nowhere is not there in any method: that is told later.
fn has_method(http: &Parts) -> Result<(), Refused> {
    match http.method {
        Method::GET | Method::HEAD => Ok(()),
        _ if Operation::of_path(http.uri.path()).is_none() => Ok(()),
        _ => Err(Refused::method(&http.method)),
    }
}
