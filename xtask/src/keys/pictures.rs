//! Small pictures of every kind that imaginary reads, made of real photographs.

use std::collections::HashMap;

use bytes::Bytes;
use imcaxy_testkit::{Behaviour, Origin, Photo};

use super::KeysError;
use super::asking::Asker;

/// Names, photographs, and what makes them small. What is rare here is slow.
const SMALL: &[(&str, &str, &str)] = &[
    ("plain.jpg", "medium.jpg", "/resize?width=120"),
    ("turned-6.jpg", "exif/Landscape_6.jpg", "/resize?width=120&norotation=true"),
    ("turned-8.jpg", "exif/Portrait_8.jpg", "/thumbnail?width=90&height=120&norotation=true"),
    ("turned-5.jpg", "exif/Landscape_5.jpg", "/resize?width=100&norotation=true"),
    ("progressive.jpg", "smart-crop.jpg", "/resize?width=100&interlace=true"),
    ("profile.jpg", "test_icc_prophoto.jpg", "/resize?width=110"),
    ("alpha.png", "test.png", "/resize?width=100"),
    ("grey.png", "large.jpg", "/resize?width=100&colorspace=bw&type=png"),
    ("photo.webp", "test.webp", "/resize?width=90"),
    ("photo.tiff", "smart-crop.jpg", "/resize?width=80&type=tiff"),
];
/// Cannot be made small: imaginary writes no GIF.
const GIF: &str = "test.gif";
/// For each time that the GIF is chosen, the others are so often.
const OTHERS: usize = 10;

/// An origin with the pictures.
pub struct Pictures {
    origin: Origin,
    bytes: HashMap<String, Bytes>,
    urls: Vec<String>,
    marks: Vec<String>,
}

impl Pictures {
    pub async fn make(asker: &Asker) -> Result<Self, KeysError> {
        let origin = Origin::start().await;
        let mut bytes = HashMap::new();
        for (name, photo, request) in SMALL {
            let picture = asker.picture(request, Photo::find(photo).await?).await?;
            origin.behave(name, Behaviour::bytes(picture.clone()).without_validators());
            bytes.insert(origin.url(name), picture);
        }
        let gif = Photo::find(GIF).await?;
        origin.behave(GIF, Behaviour::bytes(gif.clone()).without_validators());
        bytes.insert(origin.url(GIF), gif);
        let small: Vec<_> = SMALL.iter().map(|(name, ..)| origin.url(name)).collect();
        let marks = ["alpha.png", "plain.jpg"].map(|name| origin.url(name)).to_vec();
        let mut urls: Vec<_> = small.iter().cycle().take(small.len() * OTHERS).cloned().collect();
        urls.push(origin.url(GIF));
        Ok(Self { origin, bytes, urls, marks })
    }

    /// What `url` is chosen from.
    pub fn urls(&self) -> Vec<&str> {
        self.urls.iter().map(String::as_str).collect()
    }

    /// What `image` is chosen from.
    pub fn marks(&self) -> Vec<&str> {
        self.marks.iter().map(String::as_str).collect()
    }

    /// The bytes at an address.
    pub fn at(&self, url: &str) -> Option<&Bytes> {
        self.bytes.get(url.split_once('?').map_or(url, |(path, _)| path))
    }

    /// Makes room: nobody asks who fetched what.
    pub fn forget_requests(&self) {
        self.origin.forget();
    }
}
