//! What is promised about answers, row by row, in three tables. What is built later adds its row.

mod cache_status;
mod codes;
mod headers;

use imcaxy_testkit::System;
use imcaxy_testkit::system::Builder;

/// Settings that some rows need, by their variables' names.
type Settings = &'static [(&'static str, &'static str)];

fn with(settings: Settings, system: Builder) -> Builder {
    settings.iter().fold(system, |system, (name, value)| system.env(name, value))
}

/// A row's path with `SOURCE/` as the parameter `url=` with the origin's base, such as `/resize?width=300&SOURCE/medium.jpg`.
fn filled_in(system: &System, path: &str) -> String {
    path.replace("SOURCE/", &format!("url={}", system.origin.url("")))
}
