//! The most that is read of a source.

use imcaxy_shared::jobs::{Failure, FailureCode};

/// The most bytes that are read of one source, by what bounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// `sources.max_bytes`.
    Setting(u64),
    /// What imaginary reads of a watermark image.
    Imaginary(u64),
}

/// Those of the sources of a render.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub picture: Bound,
    pub image: Bound,
}

impl Bounds {
    /// With so many bytes of any source, and so many of a watermark image.
    pub(crate) fn new(max_bytes: u64, image: u64) -> Self {
        let picture = Bound::Setting(max_bytes);
        Self { picture, image: if image < max_bytes { Bound::Imaginary(image) } else { picture } }
    }
}

impl Bound {
    /// How many bytes.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::Setting(bytes) | Self::Imaginary(bytes) => bytes,
        }
    }

    /// What is told of a source that has more.
    pub(crate) fn exceeded(self) -> Failure {
        let message = match self {
            Self::Setting(most) => format!("the source is larger than sources.max_bytes ({most} bytes)"),
            Self::Imaginary(most) => {
                format!("the watermark image has more than the {most} bytes that imaginary reads of one")
            }
        };
        Failure::new(FailureCode::SourceTooLarge, message)
    }
}
