//! What every object store must do. Each function takes a store of its own, empty.

use std::sync::Arc;

use bytes::Bytes;

use super::build;
use crate::entry::ObjectName;
use crate::ports::ObjectStore;

type Subject = Arc<dyn ObjectStore>;

fn name(width: u32) -> ObjectName {
    ObjectName::new(&build::key("http://a.test/1.jpg", width), rand::random())
}

async fn put(objects: &Subject, name: &ObjectName, bytes: Bytes) {
    objects.put(name, "image/jpeg", bytes).await.expect("put");
}

pub async fn what_was_put_is_opened_whole(objects: Subject) {
    for length in [1, 20_000, 3 << 20] {
        let name = name(300);
        let bytes: Bytes = (0..length).map(|index| u8::try_from(index % 251).expect("small")).collect();
        put(&objects, &name, bytes.clone()).await;
        let body = objects.open(&name).await.expect("opened").expect("there");
        assert_eq!((body.length, body.whole), (bytes.len() as u64, bytes.len() as u64));
        assert_eq!(body.collect().await.expect("whole"), bytes);
    }
}

pub async fn a_part_is_opened_and_ends_with_the_object(objects: Subject) {
    let name = name(300);
    put(&objects, &name, Bytes::from_static(b"0123456789")).await;
    for (part, bytes) in [
        (0..1, "0"),
        (3..6, "345"),
        (0..10, "0123456789"),
        (8..20, "89"),
        (9..u64::MAX, "9"),
        (10..12, ""),
        (99..120, ""),
    ] {
        let body = objects.open_part(&name, part.clone()).await.expect("opened").expect("there");
        assert_eq!((body.length, body.whole), (bytes.len() as u64, 10), "{part:?}");
        assert_eq!(body.collect().await.expect("all of it"), bytes, "{part:?}");
    }
}

pub async fn an_absent_object_is_none(objects: Subject) {
    assert!(objects.open(&name(300)).await.expect("an answer").is_none());
    assert!(objects.open_part(&name(300), 0..1).await.expect("an answer").is_none());
}

pub async fn deleting_is_final_and_the_absent_is_fine(objects: Subject) {
    let name = name(300);
    put(&objects, &name, Bytes::from_static(b"12345")).await;
    objects.delete(&name).await.expect("deleted");
    assert!(objects.open(&name).await.expect("an answer").is_none());
    objects.delete(&name).await.expect("the absent is fine");
}

pub async fn names_are_listed_in_order_from_anywhere(objects: Subject) {
    let mut names: Vec<ObjectName> = (300..310).map(name).collect();
    for name in &names {
        put(&objects, name, Bytes::from_static(b"12345")).await;
    }
    names.sort();
    assert_eq!(objects.list(None, 100).await.expect("listed"), names);
    assert_eq!(objects.list(None, 3).await.expect("listed"), names[..3]);
    assert_eq!(objects.list(Some(&names[2]), 4).await.expect("listed"), names[3..7]);
    assert!(objects.list(names.last(), 4).await.expect("listed").is_empty());
}

pub async fn an_empty_object_is_an_object(objects: Subject) {
    let name = name(300);
    put(&objects, &name, Bytes::new()).await;
    let body = objects.open(&name).await.expect("opened").expect("there");
    assert_eq!(body.length, 0);
    assert!(body.collect().await.expect("whole").is_empty());
}
