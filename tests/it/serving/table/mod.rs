//! What is promised about answers, row by row, in three tables. What is built later adds its row.

mod cache_status;
mod codes;
mod headers;

use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Behaviour, Photo, System};

/// Settings that some rows need, by their variables' names.
type Settings = &'static [(&'static str, &'static str)];

fn with(settings: Settings, system: Builder) -> Builder {
    settings.iter().fold(system, |system, (name, value)| system.env(name, value))
}

/// A row's path with `SOURCE/` as the parameter `url=` with the origin's base, such as `/resize?width=300&SOURCE/medium.jpg`.
fn filled_in(system: &System, path: &str) -> String {
    path.replace("SOURCE/", &format!("url={}", system.origin.url("")))
}

/// Sources that are not kept, by the names that rows have for them.
async fn sources_that_are_not_kept() -> [(&'static str, Behaviour); 2] {
    let photo = Photo::bytes("medium.jpg").await;
    // What stands behind the end of a picture changes its bytes only.
    let versions = (0..20_u8).map(|version| [&photo[..], &[version]].concat().into()).collect();
    [
        ("secret.jpg", Behaviour::bytes(photo).header("cache-control", "private")),
        ("unsteady.jpg", Behaviour::in_turn(versions)),
    ]
}
