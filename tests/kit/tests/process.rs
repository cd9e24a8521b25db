//! Processes are started, watched and ended.

mod player;

use std::env;
use std::path::Path;

use imcaxy_testkit::output::Output;
use imcaxy_testkit::{Imcaxy, KitError, Role, http};

#[tokio::test]
async fn api() {
    player::play().await;
}

async fn start(settings: &[(&str, &str)]) -> Result<Imcaxy, KitError> {
    let settings: Vec<_> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let this_program = env::current_exe().map_err(KitError::io("find this program"))?;
    Imcaxy::start(&this_program, Role::Api, "player", &settings, Output::Kept).await
}

#[tokio::test]
async fn a_process_is_ready_knows_only_its_settings_and_ends_when_asked() {
    let mut process = start(&[("IMCAXY_NAMESPACE", "n")]).await.expect("starts");
    let names = http::client().get(process.url("/names")).send().await.expect("answers");
    assert_eq!(names.text().await.expect("text"), "IMCAXY_DATA_DIR IMCAXY_LISTEN IMCAXY_NAMESPACE");
    process.stop().await;
    assert!(process.log().contains("test result: ok"), "{}", process.log());
}

#[tokio::test]
async fn a_killed_process_answers_no_more() {
    let mut process = start(&[]).await.expect("starts");
    process.kill();
    assert!(http::client().get(process.url("/readyz")).send().await.is_err());
    process.stop().await;
}

#[tokio::test]
async fn a_process_that_ends_at_once_shows_its_last_words() {
    let error = Imcaxy::start(Path::new("/bin/ls"), Role::Worker, "ls", &[], Output::Kept).await;
    let message = error.expect_err("is not ready").to_string();
    assert!(message.contains("ls did not start: it ended at once"), "{message}");
    assert!(message.contains("worker"), "{message}");
}
