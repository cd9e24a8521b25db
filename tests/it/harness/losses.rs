//! Workers that are lost over a job.

use imcaxy_testkit::{Gate, Role, System};

use super::until;

/// Kills whoever has a photograph's render at the gate before imaginary, until three workers are lost over it; one of
/// the system's own is left, to find that out.
pub async fn lose_three_workers(system: &mut System, gate: &Gate, photo: &str) {
    for loss in 1..=3 {
        gate.wait_for(1).await;
        let worker = system.worker_running(&system.origin.url(photo)).await;
        system.worker_mut(worker).kill();
        if loss < 3 {
            system.add(Role::Worker).await.expect("a new worker");
        }
        until("it left the gate", async || gate.waiting() == 0).await;
    }
}
