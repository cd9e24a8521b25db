//! Watermark images, which imaginary fetches by URL: the worker has fetched them itself, and hands each out under a URL that nobody can
//! guess and that answers once. So imaginary needs no way out but to the worker, and what was checked is what is used.

mod answer;
mod table;
mod trial;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::{Render, SourceUrl};

pub(crate) use answer::image;
use table::Lending;
pub(crate) use table::Table;
pub use trial::{Trial, try_relay};

/// What imaginary reads of a watermark image; the rest is cut off, and nobody told (`WatermarkImage` in `image.go`).
pub(crate) const READ: usize = 1_000_000;

/// Hands out what has been fetched.
pub(crate) struct Lender {
    base: String,
    table: Arc<Table>,
}

/// A render as imaginary is asked for it. Dropped, it takes back what was handed out for it.
pub(crate) struct Lent {
    /// With URLs of the relay in the place of each image.
    pub render: Render,
    _lending: Lending,
}

impl Lender {
    pub(crate) const fn new(base: String, table: Arc<Table>) -> Self {
        Self { base, table }
    }
}

/// Hands out the images of a render. `fetched` is everything that was fetched for it.
///
/// # Errors
/// An image is larger than imaginary reads, or there is no way from imaginary to this worker.
pub(crate) fn lend(
    lender: Option<&Lender>,
    render: &Render,
    fetched: &HashMap<&SourceUrl, Bytes>,
) -> Result<Lent, Failure> {
    let lent = |lending| Lent { render: render.clone(), _lending: lending };
    let links = links(render)?;
    if links.is_empty() {
        return Ok(lent(Lending::default()));
    }
    let lender = reachable(lender)?;
    for link in &links {
        let image = fetched.get(link).ok_or_else(|| internal("a watermark image was not fetched"))?;
        if image.len() > READ {
            let message = format!(
                "the watermark image has {} bytes, and imaginary reads {READ} of one at most",
                image.len()
            );
            return Err(Failure::new(FailureCode::SourceTooLarge, message));
        }
    }
    let lending = Lending::of(&lender.table);
    let link = |url: &SourceUrl| {
        let token = lending.lend(fetched.get(url).cloned().unwrap_or_default());
        format!("{}/{}/{token}", lender.base, answer::PATH)
    };
    let relinked = render.relinked(link).map_err(|_| internal("a render cannot be read"))?;
    Ok(Lent { render: relinked, _lending: lending })
}

/// Refuses a render with images that imaginary could not fetch, before anything is fetched for it.
///
/// # Errors
/// There is no way from imaginary to this worker.
pub(crate) fn check(lender: Option<&Lender>, render: &Render) -> Result<(), Failure> {
    if links(render)?.is_empty() { Ok(()) } else { reachable(lender).map(drop) }
}

/// The images of a render, also in steps.
fn links(render: &Render) -> Result<Vec<SourceUrl>, Failure> {
    let (params, steps) = render.read().map_err(|_| internal("a render cannot be read"))?;
    let all = params.link().into_iter().chain(steps.iter().filter_map(|step| step.params.link()));
    Ok(all.cloned().collect())
}

fn reachable(lender: Option<&Lender>) -> Result<&Lender, Failure> {
    lender.ok_or_else(|| {
        unreachable(
            "imaginary has no way to the worker for watermark images; see worker.listen and worker.advertise",
        )
    })
}

fn unreachable(message: &str) -> Failure {
    Failure::new(FailureCode::WatermarkUnreachable, message)
}

fn internal(message: &str) -> Failure {
    Failure::new(FailureCode::Internal, message)
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::request::ImageRequest;

    use super::*;

    fn render(path: &str, query: &str) -> Render {
        ImageRequest::parse(path, query, None).unwrap().render()
    }

    fn lender(table: &Arc<Table>) -> Lender {
        Lender::new("http://worker:7".to_owned(), Arc::clone(table))
    }

    /// The tokens in a render.
    fn tokens(render: &Render) -> Vec<String> {
        let text = render.params.values().cloned().collect::<String>();
        let after = text.split("http://worker:7/watermarks/").skip(1);
        after.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect()).collect()
    }

    #[test]
    fn each_use_of_an_image_has_a_url_that_answers_once_and_none_after_the_render() {
        let (table, mark) = (Arc::new(Table::default()), "http://h/mark.png".parse().unwrap());
        let steps = r#"[{"operation":"watermarkImage","params":{"image":"http://h/mark.png"}},{"operation":"watermarkImage","params":{"image":"http://h/mark.png","top":9}}]"#;
        let render = render("/pipeline", &format!("url=http://h/a.jpg&operations={steps}"));
        let fetched = HashMap::from([(&mark, Bytes::from_static(b"mark"))]);
        let lent = lend(Some(&lender(&table)), &render, &fetched).unwrap();
        let tokens = tokens(&lent.render);
        assert_eq!(tokens.len(), 2);
        assert_ne!(tokens[0], tokens[1]);
        assert!(tokens.iter().all(|token| token.len() == 32));
        assert_eq!(table.take(&tokens[0]).as_deref(), Some(&b"mark"[..]));
        assert_eq!(table.take(&tokens[0]), None);
        assert!(table.take(&tokens[1]).is_some());
        drop(lent);
        assert!(table.is_empty());
        let again = lend(Some(&lender(&table)), &render, &fetched).unwrap();
        assert!(!table.is_empty());
        drop(again);
        assert!(table.is_empty());
    }

    #[test]
    fn an_image_that_imaginary_would_cut_is_refused() {
        let (table, mark) = (Arc::new(Table::default()), "http://h/mark.png".parse().unwrap());
        let render = render("/watermarkimage", "url=http://h/a.jpg&image=http://h/mark.png");
        for (length, code) in [(READ, None), (READ + 1, Some(FailureCode::SourceTooLarge))] {
            let fetched = HashMap::from([(&mark, Bytes::from(vec![0; length]))]);
            let lent = lend(Some(&lender(&table)), &render, &fetched);
            assert_eq!(lent.err().map(|failure| failure.code), code);
        }
    }

    #[test]
    fn without_a_way_to_the_worker_only_images_are_refused() {
        let watermark = render("/watermarkimage", "url=http://h/a.jpg&image=http://h/mark.png");
        assert_eq!(check(None, &watermark).unwrap_err().code, FailureCode::WatermarkUnreachable);
        let resize = render("/resize", "url=http://h/a.jpg&width=300");
        assert!(check(None, &resize).is_ok());
        assert_eq!(lend(None, &resize, &HashMap::new()).unwrap().render, resize);
    }
}
