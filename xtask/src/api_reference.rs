//! `cargo xtask api-reference`

use std::process::ExitCode;

use imcaxy_testkit::KitError;

/// Prints the page.
#[expect(clippy::print_stdout, reason = "the page is the result of the task")]
pub fn run() -> Result<ExitCode, KitError> {
    print!("{}", imcaxy_api::reference());
    Ok(ExitCode::SUCCESS)
}
