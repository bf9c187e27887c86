//! Counts and rates of a live capture at one moment, and how they come about.

use std::collections::VecDeque;

use crate::capture::live::watch::Counts;

/// Ticks that rates are counted over: a second.
const TICKS: usize = 4;

/// Bars of the sparkline: one for each second.
const BARS: usize = 16;

/// Counts and rates at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// What was counted.
    pub counts: Counts,
    /// Packets, bytes and frames in the last second.
    pub rates: [u64; 3],
    /// Frames in each of the last seconds, the latest last.
    pub bars: Vec<u64>,
    /// The capture has ended.
    pub over: bool,
    /// What happened to interfaces and files.
    pub said: Vec<String>,
}

/// Counts of the last second, and of each second before.
#[derive(Debug, Default)]
pub(super) struct Rates {
    last: VecDeque<[u64; 3]>,
    bars: VecDeque<u64>,
    ticks: usize,
}

impl Rates {
    /// Adds what was counted at a tick.
    pub(super) fn add(&mut self, counts: Counts, frames: u64) -> Status {
        let now = [counts.packets, counts.bytes, frames];
        let before = self.last.front().copied().unwrap_or(now);
        let [packets, bytes, frames] = now;
        let [packets_before, bytes_before, frames_before] = before;
        let rates = [packets - packets_before, bytes - bytes_before, frames.saturating_sub(frames_before)];
        self.last.push_back(now);
        if self.last.len() > TICKS {
            self.last.pop_front();
        }
        if self.ticks.is_multiple_of(TICKS) {
            self.bars.push_back(0);
        }
        self.ticks += 1;
        if let Some(bar) = self.bars.back_mut() {
            *bar = rates[2];
        }
        if self.bars.len() > BARS {
            self.bars.pop_front();
        }
        Status { counts, rates, bars: self.bars.iter().copied().collect(), ..Status::default() }
    }
}

/// The last seconds as bars of eight heights.
#[must_use]
pub fn sparkline(bars: &[u64]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = bars.iter().copied().max().unwrap_or(0).max(1);
    let height = |bar: &u64| match usize::try_from(u128::from(*bar) * 7 / u128::from(most)).unwrap_or(0) {
        0 if *bar > 0 => 1,
        height => height,
    };
    bars.iter().filter_map(|bar| HEIGHTS.get(height(bar))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), "▁▂▄█");
        assert_eq!(sparkline(&[0, 0]), "▁▁");
        assert_eq!(sparkline(&[u64::MAX]), "█");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn rates_count_the_last_second() {
        let mut rates = Rates::default();
        let at = |packets| Counts { packets, bytes: 100 * packets, ..Counts::default() };
        assert_eq!(rates.add(at(0), 0).rates, [0, 0, 0]);
        for (packets, frames) in [(10, 5), (20, 10), (30, 15)] {
            rates.add(at(packets), frames);
        }
        assert_eq!(rates.add(at(40), 20).rates, [40, 4000, 20]);
        let later = rates.add(at(40), 20);
        assert_eq!((later.rates, later.bars.len()), ([30, 3000, 15], 2));
    }
}
