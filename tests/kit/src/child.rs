//! A child process that cannot outlive the process that started it.
//!
//! Each child leads a process group of its own, so that Ctrl-C in a terminal reaches the parent alone, which then
//! ends its children in order. Should the parent be killed, nobody would be left to do that; so each child has a
//! tether, a shell that waits for the parent's end of a pipe to close and then kills the child's group.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::output::{Output, Printed};
use crate::{KitError, poll};

/// A running process and its tether. Dropping it kills the process and whatever it started.
#[derive(Debug)]
pub struct Child {
    name: String,
    process: std::process::Child,
    tether: std::process::Child,
    printed: Printed,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts `command`; `name` is what messages call it.
    pub fn start(name: &str, command: Command, output: Output) -> Result<Self, KitError> {
        Self::start_with(None, name, command, output)
    }

    /// The same for one that writes to a folder, which is deleted with it when this process is gone.
    pub fn start_in(folder: &Path, name: &str, command: Command, output: Output) -> Result<Self, KitError> {
        Self::start_with(Some(folder), name, command, output)
    }

    fn start_with(
        folder: Option<&Path>,
        name: &str,
        mut command: Command,
        output: Output,
    ) -> Result<Self, KitError> {
        let starting = || KitError::io(format!("start {name}"));
        command.process_group(0).stdin(Stdio::null());
        let printed = Printed::of(&mut command, output, name).map_err(starting())?;
        let mut process = command.spawn().map_err(starting())?;
        drop(command); // its copies of the pipe's writing end would keep the reader waiting
        let tether = match tie(process.id(), folder) {
            Ok(tether) => tether,
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                return Err(starting()(error));
            }
        };
        Ok(Self { name: name.to_owned(), process, tether, printed, ended: None })
    }

    /// What messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The last lines that it printed.
    #[must_use]
    pub fn output(&self) -> String {
        self.printed.text()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.process.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits until it ends, at most for `within`; `None` when it runs on.
    pub async fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        let status = poll::until(within, || self.ended()).await?;
        self.printed.settle().await;
        Some(status)
    }

    /// Sends a signal to the process alone. Nothing happens when it has ended.
    pub fn signal(&mut self, signal: Signal) {
        if self.ended().is_none() {
            let _ = kill(pid(self.process.id()), signal);
        }
    }

    /// Sends a signal to the process and whatever it started. Nothing happens when it has ended.
    pub fn signal_group(&mut self, signal: Signal) {
        if self.ended().is_none() {
            let _ = killpg(pid(self.process.id()), signal);
        }
    }

    /// Asks it to end, and kills it when it has not within `grace`; answers how it ended.
    pub async fn stop(&mut self, grace: Duration) -> Option<ExitStatus> {
        self.signal_group(Signal::SIGTERM);
        if let Some(status) = self.wait(grace).await {
            return Some(status);
        }
        self.kill();
        self.ended
    }

    /// Kills it and whatever it started, at once.
    pub fn kill(&mut self) {
        self.signal_group(Signal::SIGKILL);
        if self.ended.is_none() {
            self.ended = self.process.wait().ok();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.tether.kill();
        let _ = self.tether.wait();
    }
}

/// The shell that kills `group` when this process is gone, and deletes what it leaves behind.
fn tie(group: u32, folder: Option<&Path>) -> io::Result<std::process::Child> {
    const SCRIPT: &str = "read -r _; kill -s KILL -- \"-$1\"; if [ -n \"$2\" ]; then rm -rf -- \"$2\"; fi";

    Command::new("sh")
        .args(["-c", SCRIPT, "tether", &group.to_string()])
        .arg(folder.unwrap_or(Path::new("")))
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("process ids fit 31 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const SOON: Duration = Duration::from_secs(10);

    fn is_running(id: u32) -> bool {
        kill(pid(id), None).is_ok()
    }

    #[tokio::test]
    async fn what_it_prints_and_how_it_ends_are_kept() {
        let mut child =
            Child::start("a shell", shell("echo one; echo two >&2; exit 3"), Output::Kept).expect("starts");
        let status = child.wait(SOON).await.expect("ends");
        assert_eq!(status.code(), Some(3));
        assert_eq!(child.output(), "one\ntwo\n");
    }

    #[tokio::test]
    async fn dropping_it_ends_what_it_started_too() {
        let mut child =
            Child::start("a shell", shell("sleep 600 & echo $!; wait"), Output::Kept).expect("starts");
        let grandchild =
            poll::until(SOON, || child.output().trim().parse::<u32>().ok()).await.expect("prints its id");
        assert!(is_running(grandchild) && child.ended().is_none());
        let id = child.id();
        drop(child);
        assert!(!is_running(id));
        poll::until(SOON, || (!is_running_unreaped(grandchild)).then_some(()))
            .await
            .expect("the grandchild ends");
    }

    #[tokio::test]
    async fn a_child_dies_with_a_parent_that_is_killed() {
        // The parent here is a shell that holds the tether's pipe as this process would.
        let mut victim = Child::start("a sleeper", shell("sleep 600"), Output::Kept).expect("starts");
        drop(victim.tether.stdin.take());
        assert!(victim.wait(SOON).await.is_some(), "the tether kills the group when its pipe closes");
    }

    /// A killed process whose parent is gone may stay a zombie for a moment where nobody reaps.
    fn is_running_unreaped(id: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{id}/stat"))
            .is_ok_and(|stat| !stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
    }
}
