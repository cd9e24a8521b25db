//! The requests of the goldens: each operation and each parameter of the built-in engine.

use super::sources::Drawn;
use Drawn::{Alpha, Gif, Grey, Jpeg, JpegTurned, Photo, PhotoTurned, Png, Tiff, WebP};
use Expected::{Enlarged, Lossy, Reduced, Rounded, Said, Same};

/// How alike the engine's result and a golden must be, whose type and sides are equal in any case. The bounds are those of these small
/// pictures, where each pixel counts for much; of larger ones more is expected (`tests/it/parity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// What `info` says: the same.
    Said,
    /// Pixels are moved, and nothing is computed or lost: the same ones.
    Same,
    /// Something is computed for each pixel alone, or a JPEG is decoded as it is: what differs is how that is rounded.
    Rounded,
    /// Made smaller than 100 pixels. Of a JPEG a part of that is done by the decoder, by each in its own way.
    Reduced,
    /// Made larger.
    Enlarged,
    /// Encoded with loss by both, each in its own way.
    Lossy,
}

impl Expected {
    /// In decibels.
    #[must_use]
    pub const fn least(self) -> f64 {
        match self {
            Self::Said | Self::Same => f64::INFINITY,
            Self::Rounded => 50.0,
            Self::Reduced => 35.0,
            Self::Enlarged => 48.0,
            Self::Lossy => 32.0,
        }
    }
}

/// What is asked for of which picture.
pub const GOLDEN_REQUESTS: &[(Expected, &[Drawn], &[&str])] = &[
    (Said, &Drawn::ALL, &["info"]),
    (
        Reduced,
        &[Photo],
        &[
            "resize?width=60&type=png",
            "resize?height=30&type=png",
            "resize?width=50&height=30&type=png",
            "resize?width=50&height=30&nocrop=true&type=png",
            "resize?width=50&height=30&nocrop=false&type=png",
            "resize?width=50&height=30&force=true&type=png",
            "resize?width=50&height=40&embed=true&type=png",
            "resize?width=40&height=40&extend=mirror&type=png",
            "resize?width=40&height=40&extend=copy&type=png",
            "resize?width=40&height=40&extend=white&type=png",
            "resize?width=40&height=40&extend=black&type=png",
            "resize?width=40&height=40&extend=background&background=200,30,40&type=png",
            "resize?width=64&aspectratio=16:9&type=png",
            "resize?width=40&rotate=90&type=png",
            "resize?width=40&flip=true&type=png",
            "resize?width=40&flop=true&type=png",
            "resize?width=40&colorspace=bw&type=png",
            "fit?width=50&height=50&type=png",
            "fit?width=50&height=50&rotate=270&type=png",
            "crop?width=40&height=40&type=png",
            "crop?width=60&height=20&gravity=north&type=png",
            "crop?width=60&height=20&gravity=south&type=png",
            "crop?width=30&height=40&gravity=east&type=png",
            "crop?width=30&height=40&gravity=west&type=png",
            "enlarge?width=50&height=30&type=png",
            "thumbnail?width=50&type=png",
            "thumbnail?height=40&type=png",
            "extract?top=4&left=3&areawidth=40&areaheight=24&width=60&type=png",
        ],
    ),
    (
        Reduced,
        &[PhotoTurned],
        &[
            "resize?width=30&type=png",
            "resize?width=40&norotation=true&type=png",
            "resize?width=30&rotate=90&type=png",
            "fit?width=40&height=40&type=png",
            "crop?width=30&height=30&type=png",
            "thumbnail?width=30&type=png",
        ],
    ),
    (
        Reduced,
        &[Png, Alpha, Grey, WebP, Gif, Tiff, JpegTurned],
        &["resize?width=30&type=png", "thumbnail?width=20&type=png"],
    ),
    (
        Lossy,
        &[Photo],
        &[
            "resize?width=60",
            "resize?width=60&quality=20",
            "resize?width=60&quality=95",
            "resize?width=60&interlace=true",
            "resize?width=60&colorspace=bw",
            "resize?width=60&stripmeta=true",
            "resize?width=60&type=webp",
            "resize?width=60&type=webp&quality=30",
        ],
    ),
    (
        Lossy,
        &[Jpeg, JpegTurned],
        &["autorotate", "autorotate?type=png", "flip", "flop", "rotate?rotate=90", "convert?type=webp"],
    ),
    (Lossy, &[Png, Alpha, Grey, WebP, Gif, Tiff], &["convert?type=jpeg"]),
    (Lossy, &[Alpha], &["convert?type=webp", "convert?type=jpeg&background=10,200,30"]),
    (Rounded, &[Jpeg, JpegTurned], &["convert?type=png", "convert?type=png&noprofile=true", "flip?type=png"]),
    (
        Same,
        &[Png],
        &[
            "autorotate",
            "convert?type=png&compression=1",
            "convert?type=png&compression=9",
            "convert?type=png&stripmeta=true",
            "convert?type=tiff",
            "extract?areawidth=20&areaheight=12",
            "extract?top=10&left=8&areawidth=20&areaheight=12",
            "flip",
            "flop",
            "flip?rotate=90",
            "rotate?rotate=90",
            "rotate?rotate=180",
            "rotate?rotate=270",
            "rotate?rotate=45",
            "crop?width=20",
            "crop?height=20&gravity=south",
            "zoom?factor=1&top=10&left=8&areawidth=20&areaheight=12",
            "zoom?factor=2&top=3&left=4&areawidth=30&areaheight=24",
            "resize?width=60&height=50&extend=white",
            "resize?width=60&height=50&extend=mirror",
            "resize?width=64&nocrop=false",
        ],
    ),
    (Same, &[Alpha], &["flop", "rotate?rotate=90", "resize?width=64&nocrop=false"]),
    (Same, &[Grey, WebP, Gif], &["convert?type=png"]),
    (Same, &[Tiff], &["convert?type=png", "flip"]),
    (Rounded, &[Png], &["convert?type=png&colorspace=bw"]),
    (Rounded, &[Alpha], &["convert?type=png&background=10,200,30"]),
    (
        Enlarged,
        &[Png, Alpha],
        &["enlarge?width=70&height=60", "resize?width=64&height=30&force=true", "thumbnail?width=70"],
    ),
];
