//! Why a bucket does not do what it is asked for, told apart as far as a person has to do something else about each.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// Kinds of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There was no answer.
    Unreached,
    /// There is no such bucket.
    NoBucket,
    /// The access key is unknown.
    UnknownKey,
    /// The secret key is another.
    Signature,
    /// The clocks differ too much for signatures.
    Skewed,
    /// The bucket is in another region.
    Elsewhere,
    /// These keys may not do this.
    Denied,
    /// Anything else.
    Other,
}

/// Reads an error. An answer to `HEAD` has no body, so its code may be a header, or missing.
pub(super) fn refusal<E: ProvideErrorMetadata>(cause: &SdkError<E, HttpResponse>) -> Refusal {
    let SdkError::ServiceError(refused) = cause else { return Refusal::Unreached };
    let header = || refused.raw().headers().get("x-minio-error-code").unwrap_or_default();
    of(refused.raw().status().as_u16(), refused.err().code().unwrap_or_else(header))
}

/// The kind of a status and a code (the list of error responses in S3's API reference).
fn of(status: u16, code: &str) -> Refusal {
    match (code, status) {
        ("NoSuchBucket", _) => Refusal::NoBucket,
        ("InvalidAccessKeyId" | "InvalidToken" | "ExpiredToken", _) => Refusal::UnknownKey,
        ("SignatureDoesNotMatch", _) => Refusal::Signature,
        ("RequestTimeTooSkewed", _) => Refusal::Skewed,
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
        | (_, 301 | 307) => Refusal::Elsewhere,
        ("AccessDenied" | "AllAccessDisabled" | "AccountProblem", _) | (_, 403) => Refusal::Denied,
        _ => Refusal::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_told_apart_and_without_one_the_status_speaks() {
        for (status, code, expected) in [
            (404, "NoSuchBucket", Refusal::NoBucket),
            (403, "InvalidAccessKeyId", Refusal::UnknownKey),
            (403, "SignatureDoesNotMatch", Refusal::Signature),
            (403, "RequestTimeTooSkewed", Refusal::Skewed),
            (403, "AccessDenied", Refusal::Denied),
            (403, "", Refusal::Denied),
            (301, "PermanentRedirect", Refusal::Elsewhere),
            (301, "", Refusal::Elsewhere),
            (400, "AuthorizationHeaderMalformed", Refusal::Elsewhere),
            (503, "SlowDown", Refusal::Other),
            (404, "", Refusal::Other),
        ] {
            assert_eq!(of(status, code), expected, "{status} {code}");
        }
    }
}
