//! The eighteen things that can be asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An image endpoint of imaginary (`server.go`); its name is its path, exact and case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is imaginary's endpoint of that name, and nothing more can be said")]
pub enum Operation {
    Info,
    Crop,
    SmartCrop,
    Resize,
    Enlarge,
    Extract,
    Zoom,
    Thumbnail,
    Fit,
    Rotate,
    AutoRotate,
    Flip,
    Flop,
    Convert,
    Pipeline,
    Watermark,
    WatermarkImage,
    Blur,
}

impl Operation {
    /// Every operation, in the order of imaginary's documentation.
    pub const ALL: [Self; 18] = [
        Self::Info,
        Self::Crop,
        Self::SmartCrop,
        Self::Resize,
        Self::Enlarge,
        Self::Extract,
        Self::Zoom,
        Self::Thumbnail,
        Self::Fit,
        Self::Rotate,
        Self::AutoRotate,
        Self::Flip,
        Self::Flop,
        Self::Convert,
        Self::Pipeline,
        Self::Watermark,
        Self::WatermarkImage,
        Self::Blur,
    ];

    /// The name in paths, in keys and in the administration, such as `smartcrop`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Crop => "crop",
            Self::SmartCrop => "smartcrop",
            Self::Resize => "resize",
            Self::Enlarge => "enlarge",
            Self::Extract => "extract",
            Self::Zoom => "zoom",
            Self::Thumbnail => "thumbnail",
            Self::Fit => "fit",
            Self::Rotate => "rotate",
            Self::AutoRotate => "autorotate",
            Self::Flip => "flip",
            Self::Flop => "flop",
            Self::Convert => "convert",
            Self::Pipeline => "pipeline",
            Self::Watermark => "watermark",
            Self::WatermarkImage => "watermarkimage",
            Self::Blur => "blur",
        }
    }

    /// The operation that a path asks for: `/{operation}` or `/imaginary/{operation}` once percent-decoded.
    pub fn of_path(path: &str) -> Option<Self> {
        let path = super::query::unescape_path(path)?;
        let name = std::str::from_utf8(&path).ok()?.strip_prefix('/')?;
        name.strip_prefix("imaginary/").unwrap_or(name).parse().ok()
    }

    /// The name in a pipeline step (`OperationsMap` in imaginary's `image.go`), where it is `watermarkImage`;
    /// `info` and `pipeline` are no steps.
    pub const fn step_name(self) -> Option<&'static str> {
        match self {
            Self::Info | Self::Pipeline => None,
            Self::WatermarkImage => Some("watermarkImage"),
            other => Some(other.name()),
        }
    }

    /// The operation that a pipeline step names.
    pub fn of_step(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.step_name() == Some(name))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such operation")]
pub struct NoSuchOperation;

impl FromStr for Operation {
    type Err = NoSuchOperation;

    fn from_str(name: &str) -> Result<Self, NoSuchOperation> {
        Self::ALL.into_iter().find(|operation| operation.name() == name).ok_or(NoSuchOperation)
    }
}
