//! Why there is no picture, as those who wait for it are told.

use serde::{Deserialize, Serialize};

use crate::request::SourceId;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The code of the answer.
    pub code: FailureCode,
    /// A sentence for the client: no secrets, no internal addresses.
    pub message: String,
    /// Hash of the URL that was really fetched. With `sources.ignore_query` requests share a job whose URLs are not the same; whose
    /// URL it was not asks again with its own, so that nobody's broken signature answers for another's good one.
    pub url: Option<SourceId>,
}

/// The codes of failures that a worker finds. Which HTTP status each has is decided by the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The source, or a redirect of it, is not allowed.
    SourceForbidden,
    /// The source, or a redirect of it, is blocked.
    SourceBlocked,
    /// The origin answered 404 or 410.
    SourceGone,
    /// More bytes than `sources.max_bytes`.
    SourceTooLarge,
    /// More pixels than `sources.max_pixels`.
    TooManyPixels,
    /// More frames than `sources.max_frames`.
    TooManyFrames,
    /// A known type that is not decoded.
    UnsupportedType,
    /// Text, HTML, or no known magic bytes.
    NotAnImage,
    /// What is asked for does not fit this source, such as a result of more pixels than `requests.max_pixels`.
    BadParameter,
    /// imaginary answered this 4xx.
    ImaginaryRefused(u16),
    /// The origin failed: another status, no connection, half a body, too slow.
    SourceFailed,
    /// imaginary failed: 5xx, no connection, an empty body, too slow.
    ImaginaryFailed,
    /// The processor lacks the operation.
    NotImplemented,
    /// imaginary cannot reach the worker for a watermark image.
    WatermarkUnreachable,
    /// A store or the queue is away.
    Unavailable,
    /// Our fault.
    Internal,
}

impl FailureCode {
    /// Its name in answers, logs and the history of jobs; what differs between two of a name is in the message.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SourceForbidden => "source_forbidden",
            Self::SourceBlocked => "source_blocked",
            Self::SourceGone => "source_gone",
            Self::SourceTooLarge => "source_too_large",
            Self::TooManyPixels => "too_many_pixels",
            Self::TooManyFrames => "too_many_frames",
            Self::UnsupportedType => "unsupported_type",
            Self::NotAnImage => "not_an_image",
            Self::BadParameter => "bad_parameter",
            Self::ImaginaryRefused(_) => "imaginary_refused",
            Self::SourceFailed => "source_failed",
            Self::ImaginaryFailed => "imaginary_failed",
            Self::NotImplemented => "not_implemented",
            Self::WatermarkUnreachable => "watermark_unreachable",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Whether a later try may end otherwise. What will not is definite, and worth remembering.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        match self {
            Self::SourceFailed
            | Self::ImaginaryFailed
            | Self::WatermarkUnreachable
            | Self::Unavailable
            | Self::Internal => true,
            Self::SourceForbidden
            | Self::SourceBlocked
            | Self::SourceGone
            | Self::SourceTooLarge
            | Self::TooManyPixels
            | Self::TooManyFrames
            | Self::BadParameter
            | Self::UnsupportedType
            | Self::NotAnImage
            | Self::NotImplemented
            | Self::ImaginaryRefused(_) => false,
        }
    }
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), url: None }
    }

    /// That a source is blocked.
    #[must_use]
    pub fn blocked(url: &str) -> Self {
        Self::new(FailureCode::SourceBlocked, format!("{url} is blocked"))
    }
}
