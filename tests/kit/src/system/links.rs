//! The links from one process to what it works with.

use super::detour::Target;
use crate::{KitError, Proxy};

/// A proxy to each of the parts that one process of Imcaxy works with; no other process uses it.
#[derive(Debug)]
pub struct Links {
    /// To Redis: queue and notifications.
    pub redis: Proxy,
    /// To MongoDB: the catalog.
    pub mongodb: Proxy,
    /// To S3: the objects.
    pub s3: Proxy,
    /// To the gauge, which stands in front of imaginary.
    pub imaginary: Proxy,
}

impl Links {
    /// Starts a proxy to each part that `settings` name, and answers the settings that lead through them.
    pub(super) async fn start(
        settings: &[(String, String)],
    ) -> Result<(Self, Vec<(String, String)>), KitError> {
        let mut led = Vec::new();
        let mut lead = async |setting: &'static str| {
            let url = settings.iter().rev().find(|(name, _)| name == setting).map(|(_, url)| url.as_str());
            let target = Target::read(setting, url.unwrap_or_default())?;
            let proxy = Proxy::start(target.host()).await;
            led.push((setting.to_owned(), target.through(proxy.address())?));
            Ok::<_, KitError>(proxy)
        };
        let links = Self {
            redis: lead("IMCAXY_REDIS_URL").await?,
            mongodb: lead("IMCAXY_MONGODB_URL").await?,
            s3: lead("IMCAXY_S3_ENDPOINT").await?,
            imaginary: lead("IMCAXY_IMAGINARY_URL").await?,
        };
        Ok((links, led))
    }

    /// Cuts all of them, as a network cable that is pulled out would.
    pub fn cut(&self) {
        self.all().into_iter().for_each(Proxy::cut);
    }

    /// Mends all of them.
    pub fn mend(&self) {
        self.all().into_iter().for_each(Proxy::mend);
    }

    fn all(&self) -> [&Proxy; 4] {
        [&self.redis, &self.mongodb, &self.s3, &self.imaginary]
    }
}
