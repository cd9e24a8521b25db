//! What may happen in a world, and what is wrong in it.

/// What a discard is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// The one source.
    Own,
    /// Another one.
    Other,
    Everything,
}

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Discards that somebody asks for, in the order in which they are committed.
    pub discards: &'static [About],
    pub replicas: usize,
    /// Variants of the source.
    pub keys: usize,
    /// How many of them nobody has asked for yet.
    pub unmade: usize,
    /// Whether replicas ask the catalog; else they have in memory what was there at first, and nothing new.
    pub asks: bool,
    /// Whether they hear of what is kept.
    pub news: bool,
    /// Whether discards are worked off, and their rules closed.
    pub upkeep: bool,
    pub writers: usize,
    /// Whether the source is refreshed.
    pub refreshes: bool,
    /// How often the source gets other bytes.
    pub changes: usize,
    /// Closed rules that are dropped from the ledger.
    pub drops: usize,
    /// Replicas that leave, and those that crash.
    pub departures: usize,
    /// Enterings that get no answer, and come to pass later.
    pub unanswered: usize,
    /// Reads that are answered by a server that has fallen behind.
    pub old_reads: usize,
    pub mistake: Mistake,
}

impl Rules {
    /// Two replicas with one picture in memory.
    pub const QUIET: Self = Self {
        discards: &[About::Own],
        replicas: 2,
        keys: 1,
        unmade: 0,
        asks: false,
        news: false,
        upkeep: false,
        writers: 0,
        refreshes: false,
        changes: 0,
        drops: 0,
        departures: 0,
        unanswered: 0,
        old_reads: 0,
        mistake: Mistake::None,
    };

    pub fn is(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }
}

/// What a world does wrong, to show that it would be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    None,
    LeasesRunFromTheBeat,
    LeasesRunByAClockThatStandsStill,
    LeasesIgnoreTheRegister,
    LeasesBeginByABeatThatEnters,
    ReplicasEnterUnderOneName,
    ReplicasGoByANameWithoutAnswer,
    ReplicasLeaveBeforeTheirLeaseEnds,
    RefusedReplicasDoNotEnterAgain,
    BeatsTellMoreThanIsApplied,
    NudgesTellMoreThanIsApplied,
    OldReadsAreBelieved,
    DiscardsLookBeforeTheCommit,
    DiscardsCountFromBeforeTheCommit,
    DiscardsAreAcknowledgedBeforeTheCommit,
    DiscardsDoNotWait,
    DiscardsWaitForTheSilentForEver,
    DiscardsRetireWhoSpoke,
    FillsAreNotBarred,
    MemoryForgetsWhatWasDropped,
    LookUpsIgnoreWhatWasDropped,
    LookUpsIgnoreClosedRules,
    RulesAreClosedFirst,
    StampsAreReadAfterTheFetch,
    OtherBytesAreKept,
    DroppedRulesAreAboutNothing,
    PicturesAreKeptAtOnce,
    PicturesArePreparedAtOnce,
    BytesWaitForASwitchThatIsNotTheirs,
    WhatWaitsCountsFromTheCommit,
    SwitchesAreWrittenAtOnce,
    SwitchesAreWrittenByWhoFindsThem,
    MemoryUpholdsWhatIsNewerThanASwitch,
}
