//! What a start tells who has just typed it: where the process listens, what it keeps and where, and a picture to look at.

use std::net::SocketAddr;
use std::path;

use imcaxy_shared::config::Settings;
use imcaxy_shared::samples::{Sample, Samples};
use imcaxy_worker::engine;

use crate::listen::reached_at;

/// Lines for a process that is alone and listens at `address`. The last ends with a link.
pub(crate) fn lines(settings: &Settings, address: SocketAddr, samples: &Samples) -> Vec<String> {
    let kept = path::absolute(&settings.data_dir).unwrap_or_else(|_| settings.data_dir.clone());
    vec![
        format!("ready: pictures are answered on http://{address}"),
        format!(
            "everything is kept in {}: what is known in SQLite, pictures in files; the queue is in this process",
            kept.display()
        ),
        format!("pictures are rendered by {}", renderer(settings)),
        format!("one to look at, without the internet: {}", link(settings, address, samples)),
    ]
}

fn renderer(settings: &Settings) -> String {
    if !settings.imaginary.renders() {
        return format!("the built-in engine ({})", engine::NAME);
    }
    let urls: Vec<String> = settings.imaginary.url.iter().map(ToString::to_string).collect();
    format!("imaginary at {}", urls.join(", "))
}

/// A sample, resized. Where that needs a key or a signature, which are told to nobody, or where this machine does not reach the process by
/// itself, the sample as it is.
fn link(settings: &Settings, address: SocketAddr, samples: &Samples) -> String {
    let (at, first) = (format!("http://{}", reached_at(address)), Sample::Harbour);
    let open = settings.requests.keys.is_none() && settings.signing.key.is_none();
    match samples.url(first).filter(|_| open) {
        Some(sample) => format!("{at}/resize?width=600&url={sample}"),
        None => format!("{at}{}", first.path()),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use imcaxy_shared::config::Layers;

    use super::*;

    fn told(listening: &str, set: &[(&str, &str)]) -> Vec<String> {
        let address: SocketAddr = listening.parse().unwrap();
        let samples = Samples::at(reached_at(address), |_| Ok(Bytes::new()));
        let mut layers = Layers::default();
        layers
            .environment(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .unwrap();
        lines(&layers.settings().unwrap(), address, &samples)
    }

    #[test]
    fn the_link_leads_to_this_machine_and_says_no_secret() {
        for (listening, set, link) in [
            (
                "127.0.0.1:80",
                &[][..],
                "http://127.0.0.1:80/resize?width=600&url=http://127.0.0.1:80/samples/harbour.jpg",
            ),
            (
                "0.0.0.0:9",
                &[],
                "http://127.0.0.1:9/resize?width=600&url=http://127.0.0.1:9/samples/harbour.jpg",
            ),
            ("[::]:9", &[], "http://[::1]:9/resize?width=600&url=http://[::1]:9/samples/harbour.jpg"),
            ("10.0.0.1:9", &[], "http://10.0.0.1:9/samples/harbour.jpg"),
            ("127.0.0.1:9", &[("IMCAXY_REQUESTS_KEYS", "s3cret")], "http://127.0.0.1:9/samples/harbour.jpg"),
        ] {
            let told = told(listening, set);
            assert_eq!(told.last().and_then(|line| line.split(' ').next_back()), Some(link));
            assert!(
                told.first().is_some_and(|line| line.ends_with(&format!("http://{listening}"))),
                "{told:?}"
            );
        }
    }

    #[test]
    fn who_renders_and_where_things_are_kept_is_told() {
        let alone = told("127.0.0.1:9", &[]).join("\n");
        assert!(alone.contains("builtin/1") && alone.contains("/imcaxy-data: "), "{alone}");
        let with =
            told("127.0.0.1:9", &[("IMCAXY_IMAGINARY_URL", "http://a.test:9000,http://b.test")]).join("\n");
        assert!(with.contains("imaginary at http://a.test:9000, http://b.test"), "{with}");
    }
}
