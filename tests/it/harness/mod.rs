//! What every whole-system test begins and ends with.

mod answer;
mod stores;

use std::time::Duration;

use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Servers, System};

pub use answer::Answer;
pub use stores::{Kept, documents, objects, store};

/// The servers of this run.
pub fn servers() -> Servers {
    Servers::from_env().unwrap_or_else(|missing| panic!("{missing}"))
}

/// A system that checks at its end that nothing is left over.
pub fn system() -> Builder {
    System::builder().apis(2).workers(2).leftovers(stores::leftovers)
}

/// Starts `builder`.
pub async fn start(builder: Builder) -> System {
    builder.start(&servers()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Looks until it is so; half a minute is for ever.
pub async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let looking = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("never: {what}"));
}
