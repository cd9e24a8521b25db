//! Requests of photographs that cover each operation and parameter of the built-in engine.

/// Photographs: JPEG as it lies and turned, PNG with alpha, WebP.
pub const PHOTOS: [&str; 4] = ["imaginary.jpg", "exif/Portrait_6.jpg", "test.png", "test.webp"];

const SIDES: [&str; 8] = [
    "width=300",
    "height=300",
    "width=120&height=90",
    "width=700&height=100",
    "width=100&height=700",
    "width=1200",
    "width=1500&height=1500",
    "width=333&aspectratio=16:9",
];

const RESTS: [&str; 12] = [
    "nocrop=false",
    "nocrop=true",
    "force=true",
    "rotate=90",
    "rotate=180&flip=true",
    "rotate=45",
    "norotation=true",
    "embed=true",
    "extend=mirror&flop=true",
    "extend=white",
    "extend=background&background=200,30,40",
    "gravity=south",
];

const OTHERS: [&str; 35] = [
    "info",
    "convert?type=png",
    "convert?type=jpeg",
    "convert?type=webp",
    "convert?type=tiff",
    "convert?type=jpeg&quality=95",
    "convert?type=jpeg&quality=300",
    "convert?type=jpeg&interlace=true",
    "convert?type=png&compression=1",
    "convert?type=png&compression=99",
    "convert?type=webp&quality=30",
    "convert?type=png&colorspace=bw",
    "convert?type=jpeg&colorspace=bw",
    "convert?type=webp&colorspace=bw",
    "convert?type=png&background=10,200,30",
    "convert?type=jpeg&background=10,200,30",
    "convert?type=png&stripmeta=true",
    "convert?type=png&noprofile=true",
    "autorotate",
    "autorotate?type=png",
    "rotate?rotate=90",
    "rotate?rotate=270",
    "rotate?rotate=450&width=200",
    "flip",
    "flop",
    "flip?rotate=90",
    "extract?areawidth=100&areaheight=60",
    "extract?top=40&left=30&areawidth=100&areaheight=60",
    "extract?top=4000&areawidth=100&areaheight=60",
    "extract?areawidth=100&areaheight=60&width=300",
    "extract?areawidth=20000&areaheight=60",
    "zoom?factor=1",
    "zoom?factor=2&top=10&left=10&areawidth=50&areaheight=40",
    "zoom?factor=1&top=10&left=5&areawidth=50&nocrop=false",
    "zoom?factor=1&width=300",
];

/// All of them, as operation and query.
#[must_use]
pub fn all() -> Vec<String> {
    let mut requests: Vec<String> = OTHERS.map(str::to_owned).to_vec();
    for operation in ["resize", "fit", "crop", "enlarge", "thumbnail"] {
        requests.extend(SIDES.iter().map(|sides| format!("{operation}?{sides}")));
        requests.extend(RESTS.iter().map(|rest| format!("{operation}?width=300&height=140&{rest}")));
    }
    requests.push("crop?width=200&height=100&gravity=north".to_owned());
    requests.push("crop?width=200&height=100&gravity=east&type=webp".to_owned());
    requests.push("crop?height=200&gravity=west&type=png".to_owned());
    requests
}

/// Whether imaginary makes of this photograph what it should: it does not turn a WebP that it decodes reduced.
#[must_use]
pub fn is_sound(photo: &str, request: &str) -> bool {
    let reduces = ["resize?", "fit?", "thumbnail?"].iter().any(|operation| request.starts_with(operation));
    !(photo.ends_with("webp") && reduces && request.ends_with("width=300&height=140&rotate=90"))
}
