//! Systems of several processes have what they need, under names of their own.

mod player;

use std::env;
use std::sync::{Arc, Mutex};

use imcaxy_testkit::system::{Builder, Stack};
use imcaxy_testkit::{Role, Servers, System};

#[tokio::test]
async fn api() {
    player::play().await;
}

#[tokio::test]
async fn worker() {
    player::play().await;
}

#[tokio::test]
async fn scheduler() {
    player::play().await;
}

#[tokio::test]
async fn serve() {
    player::play().await;
}

fn players() -> Builder {
    System::builder().binary(env::current_exe().unwrap_or_default())
}

#[tokio::test]
async fn replicas_share_everything_and_are_asked_one_by_one() {
    let servers = Servers::from_env().expect("servers");
    let mut system = players().apis(2).workers(2).schedulers(1).start(&servers).await.expect("starts");
    assert_eq!((system.apis.len(), system.workers.len(), system.schedulers.len()), (2, 2, 1));

    let path = system.path("/echo?width=300", "large.jpg");
    assert_eq!(path, format!("/echo?width=300&url={}", system.origin.url("large.jpg")));
    for replica in 0..2 {
        assert_eq!(system.get(replica, &path).await.text().await.expect("text"), path);
    }
    let names = system.get(0, "/names").await.text().await.expect("text");
    for name in [
        "REDIS_URL",
        "MONGODB_URL",
        "S3_BUCKET",
        "S3_SECRET_KEY",
        "NAMESPACE",
        "IMAGINARY_URL",
        "ADMIN_TOKEN",
    ] {
        assert!(names.contains(&format!("IMCAXY_{name}")), "{name} should be among {names}");
    }
    assert!(!names.contains("IMCAXY_TEST_"), "{names}");

    system.workers[0].kill();
    system.add(Role::Worker).await.expect("starts");
    assert_eq!(system.workers.len(), 3);
    system.finish().await;
}

#[tokio::test]
async fn processes_that_were_paused_go_on_when_they_are_asked_to_end() {
    let servers = Servers::from_env().expect("servers");
    let mut system = players().proxied().start(&servers).await.expect("starts");
    system.apis[0].pause();
    system.workers[0].pause();
    system.workers[0].links().mongodb.freeze();
    system.finish().await;
}

#[tokio::test]
async fn two_systems_share_nothing() {
    let servers = Servers::from_env().expect("servers");
    let one = players().start(&servers).await.expect("starts");
    let two = players().start(&servers).await.expect("starts");
    let (ones, twos) = (one.scope.remote(), two.scope.remote());
    assert_ne!(ones.namespace, twos.namespace);
    assert_ne!(ones.mongodb_url, twos.mongodb_url);
    assert_ne!(ones.bucket, twos.bucket);
    one.finish().await;
    two.finish().await;
}

#[tokio::test]
async fn what_is_left_over_is_looked_for_at_the_end() {
    let servers = Servers::from_env().expect("servers");
    let looked = Arc::new(Mutex::new(None));
    let looks = Arc::clone(&looked);
    let find = async move |scope: imcaxy_testkit::system::Scope| {
        *looks.lock().expect("not poisoned") = Some(scope.remote().bucket.clone());
        Vec::new()
    };
    let system = players().leftovers(find).start(&servers).await.expect("starts");
    let bucket = system.scope.remote().bucket.clone();
    system.finish().await;
    assert_eq!(*looked.lock().expect("not poisoned"), Some(bucket));
}

#[tokio::test]
async fn an_embedded_system_is_one_process_with_a_directory_that_outlives_it_and_ends_with_the_system() {
    let servers = Servers::from_env().expect("servers");
    let mut system =
        players().stack(Stack::Embedded).apis(2).workers(2).start(&servers).await.expect("starts");
    let folder = system.scope.data_dir().to_owned();
    for replica in 0..2 {
        assert_eq!(system.get(replica, "/echo").await.text().await.expect("text"), "/echo");
        assert_eq!(system.api(replica).id(), system.worker(replica).id());
    }
    let names = system.get(0, "/names").await.text().await.expect("text");
    assert!(names.contains("IMCAXY_DATA_DIR") && !names.contains("IMCAXY_REDIS_URL"), "{names}");
    std::fs::write(folder.join("kept"), "").expect("written");
    let first = system.api(0).id();
    system.add(Role::Worker).await.expect("has one");
    assert_eq!(system.api(0).id(), first);
    system.worker_mut(1).kill();
    system.add(Role::Worker).await.expect("starts");
    assert_ne!(system.api(0).id(), first);
    assert!(folder.join("kept").exists());
    system.finish().await;
    assert!(!folder.exists());
}
