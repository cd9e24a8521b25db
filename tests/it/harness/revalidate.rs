//! The call that revalidates.

use image::{ExtendedColorType, ImageEncoder as _};
use imcaxy_shared::ports::JobQueue as _;
use imcaxy_testkit::system::Stores;
use imcaxy_testkit::{Behaviour, System};
use reqwest::Method;
use serde_json::Value;

use super::Answer;

/// Asks a replica to revalidate.
pub async fn revalidate(system: &System, replica: usize, body: &Value) -> Answer {
    let asked = system.admin(Method::POST, replica, "/api/v1/revalidate").body(body.to_string());
    Answer::of(asked.send().await.expect("an answer")).await
}

/// Gives a path of the origin a picture that is so wide.
pub fn give_width(system: &System, photo: &str, width: u32) {
    system.origin.behave(photo, Behaviour::bytes(picture(width)));
}

/// A picture that is so wide.
pub fn picture(width: u32) -> Vec<u8> {
    let samples = vec![127_u8; width as usize * 8];
    let mut picture = Vec::new();
    image::codecs::png::PngEncoder::new(&mut picture)
        .write_image(&samples, width, 8, ExtendedColorType::L8)
        .expect("a picture");
    picture
}

/// The path that asks how wide a picture is.
pub fn width_path(system: &System, photo: &str) -> String {
    system.path("/info", photo)
}

/// How wide a replica says that it is.
pub async fn width(system: &System, replica: usize, photo: &str) -> u64 {
    let answer = Answer::get(system, replica, &width_path(system, photo)).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["width"].as_u64().expect("a width")
}

/// Has a replica answer how wide it is from memory.
pub async fn width_in_memory(system: &System, replica: usize, photo: &str) {
    super::until("it is answered from memory", async || {
        let answer = Answer::get(system, replica, &width_path(system, photo)).await;
        answer.cache_status().ends_with("detail=memory")
    })
    .await;
}

/// Waits until the discards of a system are worked off, and nothing of it lives in the queue of servers.
pub async fn worked_off(system: &System) {
    let catalog = super::catalog(&system.scope).await;
    let is_open = async || catalog.ledger().await.is_ok_and(|ledger| ledger.open().next().is_some());
    super::until("no discard is open", async || !is_open().await).await;
    if let Stores::Remote(_) = system.scope.stores {
        let queue = super::queue(&system.scope).await;
        let lives = async || queue.live(None, 1).await.is_ok_and(|live| !live.is_empty());
        super::until("no job is left", async || !lives().await).await;
    }
}
