//! What is wrong with an imaginary, for who operates it: it is asked for every operation, with pictures of a few bytes.

mod flags;
mod formats;
mod operations;
mod pictures;
mod said;
mod versions;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::{Answer, Imaginary, LARGEST_PICTURE, NoAnswer, Unwell, Version};
use crate::backends::step::STEP;
use crate::finding::Finding;
use crate::request::{ImageRequest, Render};

pub use versions::same_versions;

const REACHED: &str = "reached";
const KEY: &str = "key";
/// How long it may take to say how it is.
const TELLS_WITHIN: Duration = Duration::from_secs(4);

/// What Imcaxy lets through, and imaginary should not refuse.
#[derive(Clone, Copy, Debug)]
pub struct LetThrough {
    /// Most pixels of a source.
    pub max_pixels: Option<u64>,
    /// SVG and PDF, too.
    pub vector: bool,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Whether it answers as an imaginary does: else nothing more was asked.
    pub reached: bool,
    /// Finding by finding.
    pub findings: Vec<Finding>,
    /// Its version, if it tells.
    pub version: Option<Version>,
}

impl Imaginary {
    /// Looks at what a worker needs of it, and at the flags that it was started with.
    pub async fn examine(&self, let_through: LetThrough) -> Examined {
        if let Err(unwell) = self.health(TELLS_WITHIN).await {
            return Examined { reached: false, findings: vec![not_reached(&unwell)], version: None };
        }
        let version = self.version(TELLS_WITHIN).await.ok().flatten();
        let mut findings =
            vec![Finding::ok(REACHED, "it says that it is well"), versions::told(version.as_ref())];
        findings.extend(self.key_is_asked_for().await);
        findings.extend(operations::all(self).await);
        findings.extend(flags::all(self, let_through).await);
        findings.push(formats::all(self, let_through.vector).await);
        Examined { reached: true, findings, version }
    }

    /// A key that we send and nobody asks for keeps nobody out.
    async fn key_is_asked_for(&self) -> Option<Finding> {
        self.key.as_ref()?;
        let nobody = Self { key: None, ..self.clone() };
        Some(match nobody.health(TELLS_WITHIN).await {
            Ok(()) => Finding::warn(
                KEY,
                "answers without a key, too",
                "start it with -key, or leave imaginary.key out: as it is the key keeps nobody out",
            ),
            Err(_) => Finding::ok(KEY, "asked for, and imaginary.key fits"),
        })
    }

    /// Asks for `path` with `query`, as a client would write them, of a picture.
    async fn ask_for(&self, path: &str, query: &str, picture: &Bytes) -> Result<Answer, NoAnswer> {
        match render(path, query) {
            // The first text takes its time: fonts are looked for.
            Some(render) => timeout(STEP, self.post(&render, picture.clone(), LARGEST_PICTURE))
                .await
                .unwrap_or(Err(NoAnswer::Slow)),
            None => Ok(Answer::default()),
        }
    }
}

/// A render of a source that is sent along.
fn render(path: &str, query: &str) -> Option<Render> {
    let query = format!("{query}&url=http://doctor.invalid/");
    ImageRequest::parse(path, &query, None).ok().map(|request| request.render())
}

fn not_reached(unwell: &Unwell) -> Finding {
    let advice = match unwell {
        Unwell::Silent => {
            "see whether it runs, whether imaginary.url names its host and port, and whether a firewall lets this machine through"
        }
        Unwell::Answers(401) => "set imaginary.key to what it was started with (-key)",
        Unwell::Answers(404) => {
            "write the -path-prefix that it was started with, and nothing else, as path of the URL in imaginary.url"
        }
        Unwell::Answers(_) => {
            "see whether what answers there is imaginary, or something that stands before it"
        }
    };
    Finding::fail(REACHED, unwell.to_string(), advice)
}

/// A picture of a few bytes, for those who try something with imaginary.
#[must_use]
pub fn small_picture() -> Bytes {
    pictures::square()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_it_from_being_reached_has_an_advice_of_its_own() {
        for (unwell, said) in [
            (Unwell::Silent, "whether it runs"),
            (Unwell::Answers(401), "imaginary.key"),
            (Unwell::Answers(404), "-path-prefix"),
            (Unwell::Answers(502), "stands before it"),
        ] {
            let finding = not_reached(&unwell);
            assert!(finding.advice.is_some_and(|advice| advice.contains(said)), "{unwell}");
        }
    }
}
