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

/// The state of the link between two parts.
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

    /// How many of so many bytes pass at once, and the wait after them. On a slow link they are a twentieth of a
    /// second's, so that it is slow all the time.
    pub(super) fn piece_of(&self, bytes: usize) -> (usize, Duration) {
        const NANOS: u128 = 1_000_000_000;

        if self.rate == 0 {
            return (bytes, Duration::ZERO);
        }
        let piece = bytes.min((self.rate / 20).max(1));
        let nanos = (piece as u128 * NANOS).checked_div(self.rate as u128).unwrap_or(0);
        (piece, Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
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
    fn a_slow_link_passes_a_little_and_waits() {
        let slow = Condition { rate: 1_000, ..Condition::default() };
        assert_eq!(slow.piece_of(250), (50, Duration::from_millis(50)));
        assert_eq!(slow.piece_of(10), (10, Duration::from_millis(10)));
        assert_eq!(Condition::default().piece_of(250), (250, Duration::ZERO));
    }

    #[test]
    fn words_are_found_anywhere_in_a_chunk() {
        let flow = Flow::LostFrom(Bytes::from_static(b"message"));
        assert!(
            flow.swallows(b"*3\r\n$7\r\nmessage\r\n") && !flow.swallows(b"messag") && !flow.swallows(b"")
        );
    }
}
