//! What a proxy does with the bytes that come, as the test has set it.

use std::time::Duration;

use bytes::Bytes;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Answers,
}

/// What happens to the bytes of one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Flow {
    #[default]
    Passes,
    /// They wait.
    Held,
    /// They are read and forgotten.
    Lost,
    /// Those of a connection are forgotten from the first chunk on in which these occur.
    LostFrom(Bytes),
}

/// The state of the line between two parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Condition {
    pub(super) cut: bool,
    /// How often it was cut so far: a connection that was opened before the last cut has no future.
    pub(super) cuts: u64,
    pub(super) requests: Flow,
    pub(super) answers: Flow,
    /// The wait before each chunk is passed on.
    pub(super) delay: Duration,
    /// Bytes per second that pass each way; zero is no limit.
    pub(super) rate: usize,
}

impl Condition {
    /// As it was at first; what was cut stays so.
    pub(super) fn mended(&self) -> Self {
        Self { cuts: self.cuts, ..Self::default() }
    }

    pub(super) fn flow(&self, direction: Direction) -> &Flow {
        match direction {
            Direction::Requests => &self.requests,
            Direction::Answers => &self.answers,
        }
    }

    /// How long so many bytes take at this rate.
    pub(super) fn time_for(&self, bytes: usize) -> Duration {
        const NANOS: u128 = 1_000_000_000;

        let nanos = (bytes as u128 * NANOS).checked_div(self.rate as u128).unwrap_or(0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The most bytes that are passed on at once: a twentieth of a second's, so that a slow line is slow all the time.
    pub(super) fn chunk(&self) -> usize {
        const LARGEST: usize = 64 << 10;

        if self.rate == 0 { LARGEST } else { (self.rate / 20).clamp(1, LARGEST) }
    }
}

impl Flow {
    pub(super) fn loses(&self) -> bool {
        matches!(self, Self::Lost | Self::LostFrom(_))
    }

    /// Whether a connection that has lost nothing so far loses this chunk.
    pub(super) fn swallows(&self, chunk: &[u8]) -> bool {
        match self {
            Self::Lost => true,
            Self::LostFrom(words) => chunk.windows(words.len().max(1)).any(|window| window == words),
            Self::Passes | Self::Held => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_gives_a_time_and_a_size_of_chunks() {
        let slow = Condition { rate: 1_000, ..Condition::default() };
        assert_eq!((slow.time_for(250), slow.chunk()), (Duration::from_millis(250), 50));
        let free = Condition::default();
        assert_eq!((free.time_for(250), free.chunk()), (Duration::ZERO, 64 << 10));
    }

    #[test]
    fn words_are_found_anywhere_in_a_chunk() {
        let flow = Flow::LostFrom(Bytes::from_static(b"message"));
        assert!(
            flow.swallows(b"*3\r\n$7\r\nmessage\r\n") && !flow.swallows(b"messag") && !flow.swallows(b"")
        );
    }
}
