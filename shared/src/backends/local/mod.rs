//! What replicas share, when there is one process: the queue, and the news.

mod life;
#[cfg(feature = "runtime")]
mod notifier;
mod order;
#[cfg(feature = "runtime")]
mod pace;
#[cfg(feature = "runtime")]
mod port;
mod queue;

#[cfg(feature = "runtime")]
pub use notifier::LocalNotifier;
#[cfg(feature = "runtime")]
pub use port::LocalQueue;
pub use queue::Queue;
