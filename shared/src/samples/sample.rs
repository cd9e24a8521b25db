//! Which samples there are, and where.

/// A picture that the program draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A harbour at dusk.
    Harbour,
    /// Fruit and a jug on a table.
    StillLife,
    /// A card by which sharpness and colours are judged.
    Card,
}

impl Sample {
    /// Every sample, the one to begin with first.
    pub const ALL: [Self; 3] = [Self::Harbour, Self::StillLife, Self::Card];

    /// Its name in a path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Harbour => "harbour",
            Self::StillLife => "still-life",
            Self::Card => "card",
        }
    }

    /// Where it is answered.
    #[must_use]
    pub fn path(self) -> String {
        format!("/samples/{}.jpg", self.name())
    }

    /// The one at a path, as it was sent: another spelling is another path.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/samples/")?.strip_suffix(".jpg")?;
        Self::ALL.into_iter().find(|sample| sample.name() == name)
    }
}
