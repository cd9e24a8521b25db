//! What the process is asked for.

use futures::future::try_join_all;
use imcaxy_testkit::{KitError, Origin};

use super::process::Alone;
use crate::bench::error::{BenchError, Faults};
use crate::bench::one_call::ask_at_once;

/// The photograph that many ask for at once, and that is asked for once only.
pub const EQUAL: &str = "northern_cardinal_bird.jpg";
/// The others.
pub const PHOTOS: [&str; 5] = ["large.jpg", "medium.jpg", "test.png", "test.webp", "test_exif_full.jpg"];

/// `{}` is a width that never repeats.
const REQUESTS: [&str; 7] = [
    "resize?width={}",
    "crop?width={}&height=200",
    "fit?width={}&height=400",
    "resize?width={}&type=webp",
    "thumbnail?width={}&rotate=90",
    "rotate?rotate=270&width={}",
    "enlarge?width={}&height=900",
];
const CONNECTIONS: usize = 8;
/// Of each connection. Every third repeats the one before.
const EACH: usize = 42;

/// What the mixed load is, in words.
pub fn describe() -> String {
    format!(
        "{} requests on {CONNECTIONS} connections, a third of them hits, for {} photographs (JPEG of 0.6 to 12 megapixels, PNG, WebP) and \
         {} operations and types",
        CONNECTIONS * EACH,
        PHOTOS.len(),
        REQUESTS.len()
    )
}

/// Asks for one picture.
pub async fn first_picture(alone: &Alone, origin: &Origin, faults: &mut Faults) -> Result<(), BenchError> {
    let path = path("resize?width=300", origin, "large.jpg");
    let answer = alone.target().get(&path).await.map_err(KitError::io(format!("get {path}")))?;
    if answer.status != 200 {
        faults.add(format!("status {} for {path}", answer.status));
    }
    Ok(())
}

/// Asks for one picture many times at once; answers how long the slowest answer took, in milliseconds.
pub async fn at_once(alone: &Alone, origin: &Origin, faults: &mut Faults) -> Result<f64, BenchError> {
    let path = path("resize?width=300", origin, EQUAL);
    let times = ask_at_once(std::slice::from_ref(alone.target()), &path, faults).await?;
    Ok(times.largest())
}

/// Asks for many pictures on several connections.
pub async fn mixed(alone: &Alone, origin: &Origin, faults: &mut Faults) -> Result<(), BenchError> {
    let connections = (0..CONNECTIONS).map(|connection| one_connection(alone, origin, connection));
    let parts = try_join_all(connections).await.map_err(KitError::io("ask for a mixture of pictures"))?;
    parts.into_iter().for_each(|part| faults.absorb(part));
    Ok(())
}

async fn one_connection(alone: &Alone, origin: &Origin, connection: usize) -> std::io::Result<Faults> {
    let mut faults = Faults::default();
    let mut open = alone.target().connect().await?;
    for step in 0..EACH {
        // The third of three is the second once more.
        let number = connection * EACH + step - usize::from(step % 3 == 2);
        let of = |list: &'static [&str]| list.get(number % list.len()).copied().unwrap_or_default();
        let request = of(&REQUESTS).replace("{}", &(200 + number).to_string());
        // Photographs take turns more slowly, so that each meets each request.
        let photo = PHOTOS.get(number / REQUESTS.len() % PHOTOS.len()).copied().unwrap_or_default();
        let path = path(&request, origin, photo);
        let answer = open.ask(&alone.target().request(&path)).await?;
        if answer.status != 200 {
            faults.add(format!("status {} for {path}", answer.status));
        }
    }
    Ok(faults)
}

fn path(request: &str, origin: &Origin, photo: &str) -> String {
    format!("/{request}&url={}", origin.url(photo))
}
