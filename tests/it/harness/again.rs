//! Processes that take the place of others, or stand beside them.

use imcaxy_testkit::system::Stack;
use imcaxy_testkit::{Role, System};

/// Sees to it that the second replica has nothing in memory, as nobody has asked it for anything: the one process of the embedded
/// stack starts again for that.
pub async fn forget_memory(system: &mut System) {
    if system.stack() == Stack::Embedded {
        start_again(system).await;
    }
}

/// Starts another API, with the settings as they are now, and answers its number: one more on the remote stack, the one process once
/// more on the embedded.
pub async fn another_api(system: &mut System) -> usize {
    match system.stack() {
        Stack::Remote => system.add(Role::Api).await.expect("an API"),
        Stack::Embedded => start_again(system).await,
    }
    system.apis.len() - 1
}

/// What has begun is finished first.
async fn start_again(system: &mut System) {
    system.apis[0].stop().await;
    system.add(Role::Serve).await.expect("it starts again");
}
