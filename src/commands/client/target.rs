//! Which server is asked.

use imcaxy_shared::config::{BaseUrl, ConfigError, Settings};

use crate::cli::{Server, variable};
use crate::configuration::Configuration;
use crate::listen::reached_at;
use crate::stop::Stop;

/// That of `--server`, else of `IMCAXY_SERVER`, else the one that the configuration would have listen on this machine.
pub(super) fn base(server: &Server, configuration: &Configuration) -> Result<BaseUrl, Stop> {
    let flag = server.server.clone().map(|url| ("--server", url));
    let named = flag.or_else(|| variable("IMCAXY_SERVER").map(|url| ("IMCAXY_SERVER", url)));
    let base = match named {
        Some((name, url)) => url.parse().map_err(|allowed| format!("{name}: {allowed}")),
        None => configured(&configuration.settings().map_err(Stop::Configuration)?),
    };
    base.map_err(|problem| Stop::Configuration(ConfigError::new(problem)))
}

/// Where the administration of a server with these settings is reached from this machine.
fn configured(settings: &Settings) -> Result<BaseUrl, String> {
    let (setting, address) = match settings.admin.listen {
        Some(address) => ("admin.listen", address),
        None => ("listen", settings.listen),
    };
    if address.port() == 0 {
        return Err(format!(
            "{setting} = {address} names no port: --server or IMCAXY_SERVER must name the server"
        ));
    }
    format!("http://{}", reached_at(address)).parse()
}
