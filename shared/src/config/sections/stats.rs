//! What is counted.

use std::time::Duration;

use confique::Config;

use super::super::value::{Limit, value};

/// What is counted.
#[derive(Clone, Debug, Config)]
pub struct Stats {
    /// How often an API process writes down how often pictures were used, 100ms or more; it does so at its end as well. One that is killed
    /// loses what it has counted since the last time.
    #[config(default = "5s", deserialize_with = value)]
    pub flush: Duration,

    /// How long the uses of sources by day are kept. Read by `worker`.
    #[config(default = "400d", deserialize_with = value)]
    pub keep_days: Limit<Duration>,
}

impl Stats {
    /// The shortest time between two looks at what was counted.
    const SHORTEST: Duration = Duration::from_millis(100);

    /// What is wrong with it: a sentence.
    pub(in crate::config) fn contradiction(&self) -> Option<String> {
        let told = |millis: Duration| format!("{}ms", millis.as_millis());
        (self.flush < Self::SHORTEST).then(|| {
            format!("stats.flush = {}: {} or more is allowed", told(self.flush), told(Self::SHORTEST))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Layers;

    #[test]
    fn what_was_counted_is_written_down_ten_times_a_second_at_most() {
        for (text, said) in [
            ("0", Some("stats.flush = 0ms: 100ms or more is allowed")),
            ("99ms", Some("stats.flush = 99ms: 100ms or more is allowed")),
            ("100ms", None),
            ("36500d", None),
        ] {
            let mut layers = Layers::default();
            layers.environment([("IMCAXY_STATS_FLUSH".to_owned(), text.to_owned())]).unwrap();
            assert_eq!(layers.settings().unwrap().stats.contradiction().as_deref(), said, "{text}");
        }
    }
}
