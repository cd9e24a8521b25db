//! Where the process listens, and who may administer it there.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use imcaxy_api::{Access, Listeners};
use imcaxy_shared::config::{ConfigError, Settings};
use tokio::net::TcpListener;

use crate::run_token;
use crate::stop::Stop;

/// Listens at the address that `setting` holds.
pub(crate) async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|cause| {
        let why = unbound(setting, &cause);
        Stop::Configuration(ConfigError::new(format!("{setting} = {address}: cannot listen there: {why}")))
    })
}

/// Why nobody can listen there, and what helps.
fn unbound(setting: &str, cause: &io::Error) -> String {
    match cause.kind() {
        ErrorKind::AddrInUse => {
            format!("{cause}; end the program that listens there, or set {setting} to another port")
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 127.0.0.1 is the machine itself, 0.0.0.0 all of its addresses"
                .to_owned()
        }
        ErrorKind::PermissionDenied => {
            format!("{cause}; ports below 1024 need a right, set {setting} to one above")
        }
        _ => cause.to_string(),
    }
}

/// Listens where images are asked for, and the administration if that is elsewhere.
pub(crate) async fn listeners(settings: &Settings) -> Result<Listeners, Stop> {
    let images = bind("listen", settings.listen).await?;
    let administration = match settings.admin.listen {
        Some(address) => Some(bind("admin.listen", address).await?),
        None => None,
    };
    tracing::info!("listening on http://{}", images.local_addr()?);
    if let Some(listener) = &administration {
        tracing::info!("the administration is on http://{}", listener.local_addr()?);
    }
    Ok(Listeners { images, administration })
}

/// Where who listens at `address` is reached from this machine.
pub(crate) fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Who may administer a process whose administration is answered at `address`.
pub(crate) fn access(settings: &Settings, address: SocketAddr) -> Result<Access, Stop> {
    let tokens = settings.admin.all_tokens();
    if !tokens.is_empty() {
        return Ok(Access::Tokens(tokens));
    }
    if !address.ip().is_loopback() {
        tracing::info!("no admin.token is set: the administration is off");
        return Ok(Access::Nobody);
    }
    let token = run_token::make(&settings.data_dir)?;
    tracing::info!(
        "no admin.token is set: this machine may administer with the token in {}",
        run_token::file(&settings.data_dir).display()
    );
    Ok(Access::RunToken(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_another_listens_it_is_told_what_helps() -> io::Result<()> {
        let first = TcpListener::bind("127.0.0.1:0").await?;
        let address = first.local_addr()?;
        let Err(Stop::Configuration(refused)) = bind("probe.listen", address).await else {
            panic!("it is taken")
        };
        let refused = refused.to_string();
        let at = format!("probe.listen = {address}: cannot listen there: Address already in use");
        assert!(refused.starts_with(&at), "{refused}");
        let helps = "end the program that listens there, or set probe.listen to another port";
        assert!(refused.ends_with(helps), "{refused}");
        Ok(())
    }

    #[test]
    fn an_unspecified_address_is_reached_on_this_machine() {
        for (address, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("127.0.0.2:1", "127.0.0.2:1"),
        ] {
            assert_eq!(reached_at(address.parse().unwrap()).to_string(), reached);
        }
    }
}
