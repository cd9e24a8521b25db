//! A certificate authority and a certificate for 127.0.0.1.

use std::path::PathBuf;
use std::process::Command;

use crate::cache::Cache;
use crate::{KitError, tool};

const KIND: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650";
const AUTHORITY: &str =
    "-subj /CN=Authority -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem";
const SERVER: &str = "-CA ca.pem -CAkey ca.key -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
     -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.pem";

/// The files of an authority that nobody else trusts and of a certificate of it.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes both with `openssl`, once.
    pub async fn make() -> Result<Self, KitError> {
        const PURPOSE: &str = "it makes the certificates of the tests over TLS";

        let make = |folder: PathBuf| async move {
            if tool::find("openssl").is_none() {
                tool::install_debian("openssl", PURPOSE).await?;
            }
            let openssl = tool::need("openssl", PURPOSE, "openssl 3")?;
            for whose in [AUTHORITY, SERVER] {
                let mut request = Command::new(&openssl);
                request.args(KIND.split(' ')).args(whose.split(' ')).current_dir(&folder);
                tool::run("making a certificate", request).await?;
            }
            Ok(())
        };
        Ok(Self { folder: Cache::open()?.get("certificates", &[KIND, AUTHORITY, SERVER], make).await? })
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The server's certificate, PEM.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    /// The server's key, PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join("server.key")
    }
}
