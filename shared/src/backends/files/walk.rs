//! Names of objects in byte order, a folder at a time.

use std::io;
use std::path::Path;

use tokio::fs;

use crate::entry::ObjectName;

/// Up to `limit` names after `after`. What is not named as objects are named is left out.
pub(super) async fn names(
    objects: &Path,
    after: Option<&ObjectName>,
    limit: usize,
) -> io::Result<Vec<ObjectName>> {
    let after = after.map_or("", ObjectName::as_str);
    let mut names = Vec::new();
    for shard in inside(objects).await? {
        for key in inside(&objects.join(&shard)).await? {
            let folder = format!("{shard}/{key}");
            // All that is in it comes before what comes after.
            if folder.as_str() < after.get(..folder.len()).unwrap_or(after) {
                continue;
            }
            for unique in inside(&objects.join(&folder)).await? {
                let name = format!("{folder}/{unique}");
                if name.as_str() <= after {
                    continue;
                }
                names.extend(name.parse::<ObjectName>().ok());
                if names.len() >= limit {
                    return Ok(names);
                }
            }
        }
    }
    Ok(names)
}

/// What is in a folder, in order; nothing when it has gone meanwhile, or is no folder.
async fn inside(folder: &Path) -> io::Result<Vec<String>> {
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(cause) => return Err(cause),
    };
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}
