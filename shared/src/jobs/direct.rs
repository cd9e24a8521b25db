//! Renders that are asked of a worker directly while the queue is away: what is sent, and how it is signed. Pure.
//!
//! `POST {base URL of the worker}/direct/render`, the body a [`DirectRender`] in JSON, with two headers: [`TIME`] and [`SIGNATURE`]. Answers:
//!
//! | status | when |
//! |---|---|
//! | 200 | it was rendered, or not: what would have been announced, as [`Announcement::write`](super::Announcement::write) writes it |
//! | 400 | the body is no render that this version can read |
//! | 401 | it is not signed with `degraded.secret`, or not lately |
//! | 404 | the worker has no `degraded.secret` |
//! | 500 | the render did not come to its end |
//! | 503 | it has enough to do, or is about to end; with `Retry-After` |

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{JobKind, RenderJob, UnreadablePayload};
use crate::entry::Seq;
use crate::time::Timestamp;

/// Where a worker is asked, below its base URL; without a slash at the beginning.
pub const PATH: &str = "direct/render";
/// The header with the time at which a request was signed, in milliseconds since the Unix epoch.
pub const TIME: &str = "imcaxy-time";
/// The header with the signature: the HMAC-SHA256, in lower-case hex, of `imcaxy-direct/1`, the time and the body, a line break after
/// each of the first two.
pub const SIGNATURE: &str = "imcaxy-signature";
/// The largest body, in bytes: a render names a handful of URLs.
pub const LARGEST: usize = 1 << 20;

/// How far the time of a request may lie from that of who reads it, in either direction.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// What is signed before the time, so that no other signature made with the same secret is one of these.
const SCHEME: &str = "imcaxy-direct/1";

/// What is asked of a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectRender {
    /// A position of the ledger that was read before this was sent: the stamp of what is fetched for it.
    pub stamp: Seq,
    /// The payload of the job, as a queue would have it, with its version in it.
    pub payload: String,
}

/// What is no render that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not in JSON, or nothing that is asked so.
    #[error("the body is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The payload in it cannot be read.
    #[error(transparent)]
    Payload(#[from] UnreadablePayload),
    /// The payload is of another job.
    #[error("only renders can be asked directly")]
    NoRender,
}

/// When something was signed, and how, as far as that was told.
#[derive(Debug)]
pub struct Signed {
    at: Timestamp,
    signature: Vec<u8>,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// A header is missing or malformed.
    #[error("{TIME} and {SIGNATURE} are needed: milliseconds since 1970, and an HMAC-SHA256 in hex")]
    Untold,
    /// It was signed long ago, or by a clock that is wrong.
    #[error("it was signed more than 30 s ago, or the clocks differ by that")]
    Late,
    /// It was signed by somebody else, or changed on the way.
    #[error("the signature does not fit")]
    Forged,
}

impl DirectRender {
    /// Asks for the render of a job, none of whose sources was fetched before the ledger stood at `stamp`.
    ///
    /// # Errors
    /// Never in practice: every payload can be written.
    pub fn of(kind: &JobKind, stamp: Seq) -> Result<Self, UnreadablePayload> {
        Ok(Self { stamp, payload: kind.write()?.text })
    }

    /// The body that says so.
    ///
    /// # Errors
    /// Never in practice: every field can be written as JSON.
    pub fn write(&self) -> Result<String, Unreadable> {
        Ok(serde_json::to_string(self)?)
    }

    /// The stamp and the render that a body asks for.
    ///
    /// # Errors
    /// It is malformed, of another version, or asks for something else.
    pub fn read(body: &[u8]) -> Result<(Seq, RenderJob), Unreadable> {
        let Self { stamp, payload } = serde_json::from_slice(body)?;
        match JobKind::read(&payload)? {
            JobKind::Render(job) => Ok((stamp, job)),
            JobKind::Delete(_)
            | JobKind::Check(_)
            | JobKind::Refresh(_)
            | JobKind::Discard
            | JobKind::Housekeeping(_) => Err(Unreadable::NoRender),
        }
    }
}

/// The signature of `body`, sent at `at`, in hex; `None` never in practice: a key may have any length.
#[must_use]
pub fn sign(secret: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    Some(hex::encode(mac(secret, at, body)?.finalize().into_bytes()))
}

impl Signed {
    /// What the headers tell, if it was signed lately.
    ///
    /// # Errors
    /// They are missing or malformed, or it was not.
    pub fn read(time: Option<&str>, signature: Option<&str>, now: Timestamp) -> Result<Self, Unsigned> {
        let at = time.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
        let signature = signature.and_then(|text| hex::decode(text).ok());
        let (Some(at), Some(signature)) = (at, signature) else { return Err(Unsigned::Untold) };
        if now.since(at).max(at.since(now)) > GOOD_FOR {
            return Err(Unsigned::Late);
        }
        Ok(Self { at, signature })
    }

    /// Whether it is the signature of `body`, compared in constant time.
    ///
    /// # Errors
    /// It is not.
    pub fn is_of(&self, secret: &str, body: &[u8]) -> Result<(), Unsigned> {
        let mac = mac(secret, self.at, body).ok_or(Unsigned::Forged)?;
        mac.verify_slice(&self.signature).map_err(|_| Unsigned::Forged)
    }
}

fn mac(secret: &str, at: Timestamp, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{SCHEME}\n{}\n", at.as_millis()).as_bytes());
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::Housekeeping;
    use crate::testing::build;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    /// Whether a body that was signed with `secret` at `at` is believed by who has the secret `s3cret`.
    fn believed(secret: &str, at: Timestamp, signed: &[u8], sent: &[u8]) -> Result<(), Unsigned> {
        let signature = sign(secret, at, signed);
        let time = at.as_millis().to_string();
        Signed::read(Some(&time), signature.as_deref(), NOW)?.is_of("s3cret", sent)
    }

    #[test]
    fn what_was_signed_lately_with_the_same_secret_is_believed_and_nothing_else() {
        let span = Duration::from_secs;
        for (secret, at, sent, said) in [
            ("s3cret", NOW, "body", Ok(())),
            ("s3cret", NOW.minus(span(30)), "body", Ok(())),
            ("s3cret", NOW.plus(span(30)), "body", Ok(())),
            ("s3cret", NOW.minus(span(31)), "body", Err(Unsigned::Late)),
            ("s3cret", NOW.plus(span(31)), "body", Err(Unsigned::Late)),
            ("s3cret", NOW, "body.", Err(Unsigned::Forged)),
            ("another", NOW, "body", Err(Unsigned::Forged)),
        ] {
            assert_eq!(believed(secret, at, b"body", sent.as_bytes()), said, "{secret} {at:?} {sent}");
        }
    }

    #[test]
    fn the_time_cannot_be_changed_afterwards() {
        let signature = sign("s3cret", NOW.minus(Duration::from_secs(60)), b"body");
        let now = NOW.as_millis().to_string();
        let signed = Signed::read(Some(&now), signature.as_deref(), NOW).unwrap();
        assert_eq!(signed.is_of("s3cret", b"body"), Err(Unsigned::Forged));
    }

    #[test]
    fn without_both_headers_nothing_is_believed() {
        let (time, signature) = (NOW.as_millis().to_string(), sign("s3cret", NOW, b"body"));
        for (time, signature) in [
            (None, signature.as_deref()),
            (Some(time.as_str()), None),
            (Some("now"), signature.as_deref()),
            (Some(&time), Some("xyz")),
        ] {
            assert_eq!(Signed::read(time, signature, NOW).unwrap_err(), Unsigned::Untold);
        }
        let half = signature.as_deref().and_then(|hex| hex.get(..32));
        let cut = Signed::read(Some(&time), half, NOW).unwrap();
        assert_eq!(cut.is_of("s3cret", b"body"), Err(Unsigned::Forged));
    }

    #[test]
    fn what_is_written_is_read_and_renders_alone_are() {
        let kind = build::render_job("http://a.test/1.jpg", 300).kind;
        let body = DirectRender::of(&kind, Seq::new(7)).unwrap().write().unwrap();
        let (stamp, job) = DirectRender::read(body.as_bytes()).unwrap();
        assert_eq!((stamp, JobKind::Render(job)), (Seq::new(7), kind));
        let other = JobKind::Housekeeping(Housekeeping { tick: NOW });
        let other = DirectRender::of(&other, Seq::ZERO).unwrap().write().unwrap();
        assert!(matches!(DirectRender::read(other.as_bytes()), Err(Unreadable::NoRender)));
        assert!(matches!(DirectRender::read(b"{"), Err(Unreadable::Malformed(_))));
    }
}
