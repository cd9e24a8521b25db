//! What makes pictures.

mod imaginary;

use bytes::Bytes;

pub(crate) use imaginary::Imaginary;

/// A rendered picture, or what `info` says of one.
pub(crate) struct Picture {
    /// Its media type, as the processor named it.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}
