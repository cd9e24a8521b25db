//! Which certificate authorities are trusted over TLS.

use std::fs;
use std::path::Path;

use redis::TlsCertificates;
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::unusable;
use crate::ports::PortError;

/// The authorities in a bundle of PEM certificates; `None` without a bundle: the system's are trusted. Called before the
/// first TLS connection.
///
/// # Errors
/// The file cannot be read or holds no certificate that could be an authority's.
pub(super) fn authorities(bundle: Option<&Path>) -> Result<Option<TlsCertificates>, PortError> {
    choose_provider();
    let Some(path) = bundle else { return Ok(None) };
    let pem = read(path).map_err(|why| unusable(&format!("redis.tls_ca = {}: {why}", path.display())))?;
    Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(pem) }))
}

/// Two providers are compiled in, by other crates' wishes; the redis crate takes the process's own. Whoever installs one
/// first decides, and both will do.
fn choose_provider() {
    let _other = CryptoProvider::install_default(aws_lc_rs::default_provider());
}

/// A bundle, tried here: a connection would only say that a server is not trusted.
fn read(bundle: &Path) -> Result<Vec<u8>, String> {
    let pem = fs::read(bundle).map_err(|cause| format!("cannot be read: {cause}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|cause| format!("is no PEM bundle: {cause}"))?;
        roots.add(certificate).map_err(|cause| format!("holds no certificate authority: {cause}"))?;
    }
    if roots.is_empty() {
        return Err("holds no certificate; a PEM bundle of certificate authorities is needed".to_owned());
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_used_is_named_with_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let garbled = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        for (name, text, said) in [
            ("absent.pem", None, "cannot be read"),
            ("empty.pem", Some(""), "holds no certificate"),
            ("words.pem", Some("hello"), "holds no certificate"),
            ("garbled.pem", Some(garbled), "holds no certificate authority"),
        ] {
            let path = folder.path().join(name);
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let problem = authorities(Some(&path)).map(|_| ()).unwrap_err().to_string();
            assert!(problem.contains("redis.tls_ca") && problem.contains(name), "{problem}");
            assert!(problem.contains(said), "{problem}");
        }
        assert!(authorities(None).unwrap().is_none());
    }
}
