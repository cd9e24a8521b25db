//! Pictures that the program draws by itself, so that a first start has something to show without a network. A process that has some
//! answers them at its own address, and reads them without asking anybody when a request names them as its source.

mod sample;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::task::spawn_blocking;

use crate::entry::{Entry, Failure, FailureCode};
use crate::request::SourceUrl;

pub use sample::Sample;

/// Draws a sample, as a JPEG. It is called where it may keep a thread busy.
pub type Draw = fn(Sample) -> Result<Bytes, Failure>;

/// The samples of a process, or that it has none. Clones share what has been drawn.
#[derive(Clone, Default)]
pub struct Samples(Option<Arc<Own>>);

/// A sample as it is answered.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The JPEG.
    pub bytes: Bytes,
    /// The strong `ETag` of these bytes.
    pub etag: String,
}

struct Own {
    /// What stands before the path in a URL of a sample; `None` where the process listens at no loopback address.
    base: Option<String>,
    draw: Draw,
    harbour: OnceLock<Drawing>,
    still_life: OnceLock<Drawing>,
    card: OnceLock<Drawing>,
}

/// One drawing, for all who wait for it.
type Drawing = Shared<BoxFuture<'static, Result<Drawn, Failure>>>;

impl Samples {
    /// Those of a process that is reached at `address` from its own machine. As sources they are recognised where that is a loopback
    /// address: the same URL may well mean another server elsewhere.
    #[must_use]
    pub fn at(address: SocketAddr, draw: Draw) -> Self {
        let base = address.ip().is_loopback().then(|| format!("http://{address}"));
        let [harbour, still_life, card] = [const { OnceLock::new() }; 3];
        Self(Some(Arc::new(Own { base, draw, harbour, still_life, card })))
    }

    /// The sample at a path of this process.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Option<Sample> {
        self.0.as_ref().and_then(|_| Sample::of_path(path))
    }

    /// The sample that a URL names, in its one spelling: scheme, loopback address, port and path, and nothing else. A name that leads to
    /// this machine is none, and neither is another address of it.
    #[must_use]
    pub fn named(&self, source: &SourceUrl) -> Option<Sample> {
        let base = self.0.as_ref()?.base.as_ref()?;
        Sample::of_path(source.as_str().strip_prefix(base)?)
    }

    /// The URL that names a sample, where samples are recognised.
    #[must_use]
    pub fn url(&self, sample: Sample) -> Option<String> {
        let base = self.0.as_ref()?.base.as_ref()?;
        Some(format!("{base}{}", sample.path()))
    }

    /// A sample. The first who asks has it drawn, on a thread for such work, and it is kept.
    ///
    /// # Errors
    /// It cannot be drawn, or the process has none.
    pub async fn read(&self, sample: Sample) -> Result<Drawn, Failure> {
        let own = self.0.as_ref().ok_or_else(|| internal("this process has no samples"))?;
        let place = match sample {
            Sample::Harbour => &own.harbour,
            Sample::StillLife => &own.still_life,
            Sample::Card => &own.card,
        };
        place.get_or_init(|| begin(own.draw, sample)).clone().await
    }
}

/// Begins a drawing, which comes to its end although those who wait for it leave.
fn begin(draw: Draw, sample: Sample) -> Drawing {
    let drawing = spawn_blocking(move || {
        let bytes = draw(sample)?;
        let etag = Entry::etag_of(&bytes);
        Ok(Drawn { bytes, etag })
    });
    drawing
        .map(|drawn| drawn.unwrap_or_else(|_| Err(internal("a sample could not be drawn"))))
        .boxed()
        .shared()
}

fn internal(message: &str) -> Failure {
    Failure::new(FailureCode::Internal, message)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    fn named(listening: &str, url: &str) -> Option<Sample> {
        let samples = Samples::at(listening.parse().unwrap(), |_| Ok(Bytes::new()));
        SourceUrl::parse(url).ok().and_then(|url| samples.named(&url))
    }

    #[test]
    fn a_sample_is_named_by_the_own_loopback_address_and_its_exact_path_alone() {
        for (listening, url, sample) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/samples/harbour.jpg", Some(Sample::Harbour)),
            ("127.0.0.1:8080", "HTTP://127.0.0.1:8080/samples/still-life.jpg", Some(Sample::StillLife)),
            ("[::1]:8080", "http://[::1]:8080/samples/card.jpg", Some(Sample::Card)),
            ("127.0.0.7:80", "http://127.0.0.7:80/samples/card.jpg", Some(Sample::Card)),
            ("10.0.0.1:8080", "http://10.0.0.1:8080/samples/harbour.jpg", None),
            ("[::1]:8080", "http://127.0.0.1:8080/samples/harbour.jpg", None),
            ("127.0.0.1:8080", "http://[::1]:8080/samples/harbour.jpg", None),
            ("127.0.0.1:8080", "http://[::ffff:127.0.0.1]:8080/samples/harbour.jpg", None),
        ] {
            assert_eq!(named(listening, url), sample, "{url} at {listening}");
        }
        for url in [
            "https://127.0.0.1:8080/samples/harbour.jpg",
            "http://127.0.0.1/samples/harbour.jpg",
            "http://127.0.0.1:8081/samples/harbour.jpg",
            "http://127.0.0.1:80801/samples/harbour.jpg",
            "http://127.0.0.1:08080/samples/harbour.jpg",
            "http://127.0.0.1:8080@evil.test/samples/harbour.jpg",
            "http://127.0.0.1:8080.evil.test/samples/harbour.jpg",
            "http://localhost:8080/samples/harbour.jpg",
            "http://127.1:8080/samples/harbour.jpg",
            "http://2130706433:8080/samples/harbour.jpg",
            "http://127.0.0.1.:8080/samples/harbour.jpg",
            "http://127.0.0.2:8080/samples/harbour.jpg",
            "http://127.0.0.1:8080/samples/harbour.jpg?",
            "http://127.0.0.1:8080/samples/harbour.jpg?x=1",
            "http://127.0.0.1:8080/samples/harbour.jpg/",
            "http://127.0.0.1:8080//samples/harbour.jpg",
            "http://127.0.0.1:8080/samples//harbour.jpg",
            "http://127.0.0.1:8080/samples/./harbour.jpg",
            "http://127.0.0.1:8080/samples/x/../harbour.jpg",
            "http://127.0.0.1:8080/samples/%68arbour.jpg",
            "http://127.0.0.1:8080/Samples/harbour.jpg",
            "http://127.0.0.1:8080/samples/Harbour.jpg",
            "http://127.0.0.1:8080/samples/harbour.JPG",
            "http://127.0.0.1:8080/samples/harbour",
            "http://127.0.0.1:8080/samples/other.jpg",
            "http://127.0.0.1:8080/samples/",
            "http://127.0.0.1:8080",
        ] {
            assert_eq!(named("127.0.0.1:8080", url), None, "{url}");
        }
    }

    #[test]
    fn a_process_without_samples_names_none() {
        let url = "http://127.0.0.1:8080/samples/harbour.jpg".parse().unwrap();
        assert_eq!(Samples::default().named(&url), None);
        assert_eq!(Samples::default().at_path("/samples/harbour.jpg"), None);
    }

    #[test]
    fn what_is_told_as_the_url_of_a_sample_names_it() {
        let samples = Samples::at("[::1]:9".parse().unwrap(), |_| Ok(Bytes::new()));
        for sample in Sample::ALL {
            let url = samples.url(sample).unwrap().parse().unwrap();
            assert_eq!(samples.named(&url), Some(sample));
        }
    }

    #[tokio::test]
    async fn a_sample_is_drawn_once_however_many_ask_and_although_the_first_leaves() {
        static DRAWN: AtomicUsize = AtomicUsize::new(0);
        let samples = Samples::at("127.0.0.1:9".parse().unwrap(), |sample| {
            DRAWN.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from(sample.name()))
        });
        assert!(samples.read(Sample::Card).now_or_never().is_none_or(|drawn| drawn.is_ok()));
        let all = join_all((0..20).map(|_| samples.read(Sample::Card))).await;
        assert!(all.iter().all(|drawn| drawn.as_ref().is_ok_and(|drawn| *drawn.bytes == *b"card")));
        assert_eq!(DRAWN.load(Ordering::SeqCst), 1);
    }
}
