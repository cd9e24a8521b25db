//! The render of a request, and that of an entry once more.

use super::{NamedSource, RenderJob};
use crate::entry::{Entry, SourceRef};
use crate::request::{CacheKey, CanonicalForm, IgnoredQuery, ImageRequest, SourceUrl};

impl RenderJob {
    /// What makes the picture of a request. `processor` and `salt` enter its key.
    #[must_use]
    pub fn of(image: &ImageRequest, ignored: &IgnoredQuery, processor: &str, salt: &str) -> Self {
        let form = image.canonical(ignored);
        let named = |url: &SourceUrl| NamedSource { url: url.clone(), source: SourceRef::of(url, ignored) };
        let images = image.sources().into_iter().filter(|url| **url != image.source);
        Self {
            key: CacheKey::of(processor, salt, &form),
            render: image.render(),
            params: form.params().clone(),
            url: image.source.clone(),
            source: SourceRef::of(&image.source, ignored),
            images: images.map(named).collect(),
        }
    }

    /// What made an entry. Nothing is kept of it but its canonical form, in which addresses are without the parameters that are ignored, so that
    /// an origin that wants these answers it otherwise. `None` where what comes of it has another key: the processor, the salt or what is
    /// ignored are not what they were.
    #[must_use]
    pub fn again(entry: &Entry, ignored: &IgnoredQuery, processor: &str, salt: &str) -> Option<Self> {
        let source = entry.sources.first()?.url.clone();
        let form = CanonicalForm::known(entry.operation, source, entry.params.clone());
        let text = form.text();
        let (path, query) = text.split_once('?')?;
        let image = ImageRequest::parse(path, query, None).ok()?;
        let job = Self::of(&image, ignored, processor, salt);
        (job.key == entry.key).then_some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{MadeFrom, Seq};
    use crate::testing::build;

    #[test]
    fn the_render_of_an_entry_is_that_of_its_request() {
        let ignored = IgnoredQuery::from_names(vec!["sig".to_owned()]);
        for request in [
            "/resize?width=300&type=auto&url=http://a.test/1.jpg?sig=1%26v=2",
            "/watermarkimage?image=http://b.test/m.png&opacity=0.5&url=http://a.test/1.jpg",
            "/pipeline?operations=[{\"operation\":\"crop\",\"params\":{\"width\":10,\"height\":9}}]&url=http://a.test/1.jpg",
        ] {
            let (path, query) = request.split_once('?').unwrap();
            let image = ImageRequest::parse(path, query, Some("image/webp")).unwrap();
            let job = RenderJob::of(&image, &ignored, "imaginary", "salt");
            let entry = Entry {
                key: job.key.clone(),
                sources: vec![MadeFrom {
                    url: job.source.url.clone(),
                    ..build::made_from("http://a.test/1.jpg")
                }],
                operation: image.operation,
                params: job.params.clone(),
                ..build::entry("http://a.test/1.jpg", Seq::ZERO)
            };
            let again = RenderJob::again(&entry, &ignored, "imaginary", "salt").expect(request);
            assert_eq!((&again.key, &again.render, &again.images), (&job.key, &job.render, &job.images));
            assert_eq!(again.url.as_str(), job.source.url);
            assert_eq!(RenderJob::again(&entry, &ignored, "imaginary", "pepper"), None);
            assert_eq!(RenderJob::again(&entry, &ignored, "builtin/1", "salt"), None);
        }
    }
}
