//! The ways to show time.

/// How time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// Since the first packet.
    Relative,
    /// Since the row before.
    Delta,
    /// Of the day, UTC.
    OfDay,
    /// Since 1970.
    Epoch,
}

impl TimeFormat {
    /// All of them.
    pub const ALL: [TimeFormat; 4] = [TimeFormat::Relative, TimeFormat::Delta, TimeFormat::OfDay, TimeFormat::Epoch];

    /// Its name in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeFormat::Relative => "relative",
            TimeFormat::Delta => "delta",
            TimeFormat::OfDay => "of-day",
            TimeFormat::Epoch => "epoch",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> TimeFormat {
        match self {
            TimeFormat::Relative => TimeFormat::Delta,
            TimeFormat::Delta => TimeFormat::OfDay,
            TimeFormat::OfDay => TimeFormat::Epoch,
            TimeFormat::Epoch => TimeFormat::Relative,
        }
    }

    /// Its column's heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            TimeFormat::Relative => "time",
            TimeFormat::Delta => "time Δ",
            TimeFormat::OfDay => "time UTC",
            TimeFormat::Epoch => "time 1970",
        }
    }
}
