//! Where the process listens, and who may administer it there.

use std::net::SocketAddr;

use imcaxy_api::Access;
use imcaxy_shared::config::{ConfigError, Settings};
use tokio::net::TcpListener;

use crate::run_token;
use crate::stop::Stop;

/// Listens at the address that `setting` holds.
pub(crate) async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|cause| {
        Stop::Configuration(ConfigError::new(format!("{setting} = {address}: cannot listen there: {cause}")))
    })
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
