//! Stores that are not there.

/// Settings with which a process starts and waits for its stores, since nothing listens where they should be. The first five are the
/// settings that must be there, the rest what the bucket needs.
pub const NOWHERE: [(&str, &str); 8] = [
    ("IMCAXY_REDIS_URL", "redis://127.0.0.1:1"),
    ("IMCAXY_MONGODB_URL", "mongodb://127.0.0.1:1/imcaxy"),
    ("IMCAXY_S3_BUCKET", "pictures"),
    ("IMCAXY_SOURCES_ALLOW", "*"),
    ("IMCAXY_IMAGINARY_URL", "http://127.0.0.1:1"),
    ("IMCAXY_S3_ACCESS_KEY", "x"),
    ("IMCAXY_S3_SECRET_KEY", "x"),
    ("IMCAXY_S3_ENDPOINT", "http://127.0.0.1:1"),
];
