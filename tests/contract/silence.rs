//! A connection on which nothing comes back any more, though nobody has closed it.

use std::time::Duration;

use imcaxy_shared::jobs::WorkerId;
use imcaxy_shared::ports::{JobQueue as _, RENEWED_WITHIN};
use imcaxy_shared::testing::build;
use imcaxy_testkit::{Access, Proxy};
use tokio::time::{sleep, timeout};

use crate::remote::servers;

/// More than a renewal may take, and less than a command may.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_without_an_answer_ends_soon_and_the_next_has_another_connection() {
    assert!(RENEWED_WITHIN < SOON);
    let server = servers().redis_url;
    let proxy = Proxy::start(server.trim_start_matches("redis://")).await;
    let queue = crate::redis::open(format!("redis://{}", proxy.address()), &Access::default()).queue();
    queue.submit(&build::unreadable(1)).await.expect("submitted");
    let claims = queue.take(&WorkerId::new(7), &build::room(1)).await.expect("taken").claims;
    let connections = proxy.connections();
    proxy.deaf();
    let renewed = timeout(SOON, queue.renew(&[&claims[0]])).await.expect("soon");
    assert!(renewed.is_err());
    // Whoever waits for a connection to be closed waits for ever: the link is as silent as before.
    let renewing = async {
        while proxy.connections() == connections {
            let _none = queue.renew(&[&claims[0]]).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON * 2, renewing).await.expect("another connection is opened");
    proxy.mend();
    let renewed = async {
        while !queue.renew(&[&claims[0]]).await.is_ok_and(|held| held == [true]) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON * 3, renewed).await.expect("it is held all the while");
}
