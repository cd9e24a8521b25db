//! Going on as an optimised build of this program.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use imcaxy_testkit::KitError;
use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;

/// Builds this program as it would be released and becomes it, with the same arguments; it returns if it cannot. `why`
/// is what would be too slow.
pub async fn go_on(why: &str) -> Result<ExitCode, KitError> {
    const NAME: &str = "imcaxy-xtask";

    say(&format!("building this program optimised: {why}"));
    let optimised = Binary::release(NAME, NAME).await?;
    let failure = Command::new(optimised.path()).args(std::env::args_os().skip(1)).exec();
    Err(KitError::io("start the optimised program")(failure))
}
