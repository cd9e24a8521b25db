//! The calls that a command line comes to.

use imcaxy_shared::config::ConfigError;
use serde_json::{Value, json};

use super::touched;
use crate::cli::Revalidate;
use crate::stop::Stop;

/// URLs in one call: of so many there is soon room beside other discards.
const TOGETHER: usize = 200;

/// The bodies of the calls; none where no file was touched.
pub(super) fn calls(question: &Revalidate) -> Result<Vec<Value>, Stop> {
    let urls = match &question.since {
        Some(since) => touched::urls(since, &maps(&question.map)?)?,
        None => question.urls.clone(),
    };
    let selections = if question.since.is_some() || !urls.is_empty() {
        urls.chunks(TOGETHER).map(|urls| Some(("urls", json!(urls)))).collect()
    } else {
        vec![place(question)]
    };
    Ok(selections.into_iter().map(|selection| call(question, selection)).collect())
}

fn call(question: &Revalidate, selection: Option<(&str, Value)>) -> Value {
    let how = [("mode", json!(question.mode)), ("dry_run", json!(question.dry_run))];
    let members = selection.into_iter().chain(how).map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect())
}

/// A place; none is everything.
fn place(question: &Revalidate) -> Option<(&'static str, Value)> {
    let places = [("prefix", &question.prefix), ("host", &question.host), ("tag", &question.tag)];
    places.into_iter().find_map(|(name, text)| text.as_ref().map(|text| (name, json!(text))))
}

/// Each directory with the URL under which its files are known.
fn maps(given: &[String]) -> Result<Vec<(String, String)>, Stop> {
    let read = |text: &String| match text.split_once('=') {
        Some((dir, url)) if url.starts_with("http://") || url.starts_with("https://") => {
            let dir = dir.trim_start_matches("./").trim_end_matches('/');
            Ok((if dir == "." { "" } else { dir }.to_owned(), url.trim_end_matches('/').to_owned()))
        }
        _ => Err(Stop::Configuration(ConfigError::new(format!(
            "--map {text}: a directory of the repository and a URL are allowed, such as \
             public/img=https://images.example.com/img"
        )))),
    };
    given.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_read_with_their_urls() {
        for (text, expected) in [
            ("public/img=https://h/img", Some(("public/img", "https://h/img"))),
            ("./public/=http://h/?", Some(("public", "http://h/?"))),
            (".=http://h/", Some(("", "http://h"))),
            ("public", None),
            ("public=h/img", None),
        ] {
            let read = maps(&[text.to_owned()]).ok();
            let expected = expected.map(|(dir, url)| vec![(dir.to_owned(), url.to_owned())]);
            assert_eq!(read, expected, "{text}");
        }
    }
}
