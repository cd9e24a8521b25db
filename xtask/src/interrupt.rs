//! Ending when asked to, with nothing left running.

use std::io;
use std::process::ExitCode;

use imcaxy_testkit::KitError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell expects of a program that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// Ctrl-C, SIGTERM, or the terminal being closed.
pub struct Interrupt {
    signals: [Signal; 3],
}

impl Interrupt {
    /// Listens from now on; the signals no longer kill the process.
    pub fn listen() -> Result<Self, KitError> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [first, second, third] = kinds.map(signal);
        let listen = || -> io::Result<_> { Ok([first?, second?, third?]) };
        Ok(Self { signals: listen().map_err(KitError::io("listen for signals"))? })
    }

    /// Waits for any of them.
    pub async fn arrived(&mut self) {
        let [first, second, third] = &mut self.signals;
        tokio::select! {
            _ = first.recv() => {}
            _ = second.recv() => {}
            _ = third.recv() => {}
        }
    }

    /// What `work` comes to, or the exit code of an interrupted program. Work that is given up ends the processes
    /// that it started.
    pub async fn or<T>(&mut self, work: impl Future<Output = T>) -> Result<T, ExitCode> {
        tokio::select! {
            biased;
            () = self.arrived() => Err(ExitCode::from(INTERRUPTED)),
            done = work => Ok(done),
        }
    }
}
