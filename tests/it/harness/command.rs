//! Commands of the real binary.

use std::process::Output;

use imcaxy_testkit::process::binary_from_env;

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it complained about.
    pub complaint: String,
}

/// Runs a command with these variables alone, in an empty folder.
pub async fn imcaxy(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = tokio::process::Command::new(binary_from_env().expect("the binary"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(folder.path());
    let Output { status, stdout, stderr } = command.output().await.expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: status.code(), out: text(stdout), complaint: text(stderr) }
}
