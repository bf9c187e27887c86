//! Which bytes of one source are which of another: a chain of range maps.
//!
//! In: for each step of the chain its [`RangeMap`] (a packet carries runs of the stream, a frame is a run of the stream, a
//! payload is a run of the frame, a message is put together from payloads). Out: by [`RangeMap::then`], the map between
//! any two. A byte that has no counterpart is in no run; nothing is made up for it.

use std::ops::Range;

/// A run of bytes that two sources share: `len` bytes, at `upper` in the one and at `lower` in the one it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// First byte in the upper source.
    pub upper: u64,
    /// First byte in the lower source.
    pub lower: u64,
    /// Number of bytes.
    pub len: u64,
}

/// Where the bytes of a source lie in the one below it: runs that do not overlap, in the order of the upper one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RangeMap {
    runs: Vec<Shared>,
}

impl RangeMap {
    /// One run.
    #[must_use]
    pub fn run(upper: u64, lower: u64, len: u64) -> RangeMap {
        RangeMap::of([Shared { upper, lower, len }])
    }

    /// These runs.
    #[must_use]
    pub fn of(runs: impl IntoIterator<Item = Shared>) -> RangeMap {
        let mut runs: Vec<Shared> = runs.into_iter().filter(|run| run.len > 0).collect();
        runs.sort_by_key(|run| run.upper);
        RangeMap { runs }
    }

    /// The runs, in the order of the upper source.
    #[must_use]
    pub fn runs(&self) -> &[Shared] {
        &self.runs
    }

    /// The same map seen from the source below.
    #[must_use]
    pub fn inverted(&self) -> RangeMap {
        RangeMap::of(self.runs.iter().map(|run| Shared { upper: run.lower, lower: run.upper, len: run.len }))
    }

    /// From this map's upper source to the lower source of the map below it.
    #[must_use]
    pub fn then(&self, below: &RangeMap) -> RangeMap {
        let mut runs = Vec::new();
        for run in &self.runs {
            let inside = run.lower..run.lower.saturating_add(run.len);
            runs.extend(below.cut(inside).map(|cut| Shared { upper: run.upper + (cut.upper - run.lower), ..cut }));
        }
        RangeMap::of(runs)
    }

    /// Its parts that lie in a range of the upper source, in order.
    pub fn cut(&self, range: Range<u64>) -> impl Iterator<Item = Shared> + '_ {
        self.runs.iter().filter_map(move |run| {
            let start = run.upper.max(range.start);
            let end = run.upper.saturating_add(run.len).min(range.end);
            (start < end).then(|| Shared { upper: start, lower: run.lower + (start - run.upper), len: end - start })
        })
    }

    /// The bytes below that a range stands for, from the first to the last; `None` where there are none.
    #[must_use]
    pub fn span(&self, range: Range<u64>) -> Option<Range<u64>> {
        let parts = self.cut(range).map(|part| part.lower..part.lower.saturating_add(part.len));
        parts.reduce(|all, part| all.start.min(part.start)..all.end.max(part.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The slow and obvious twin: for each byte above, the byte below.
    fn bytes(map: &RangeMap) -> Vec<(u64, u64)> {
        map.runs().iter().flat_map(|run| (0..run.len).map(|i| (run.upper + i, run.lower + i))).collect()
    }

    /// Runs that overlap neither above nor below; below they may stand in another order.
    fn any_map() -> impl Strategy<Value = RangeMap> {
        let runs = proptest::collection::vec((0u64..4, 0u64..6, 0u64..4), 0..6);
        (runs, any::<bool>()).prop_map(|(parts, backwards)| {
            let (mut upper, mut lower) = (0, 0);
            let mut runs = Vec::new();
            for (before, len, below) in parts {
                upper += before;
                lower += below;
                runs.push(Shared { upper, lower, len });
                upper += len;
                lower += len;
            }
            if backwards {
                runs.iter_mut().for_each(|run| run.lower = lower - run.lower - run.len);
            }
            RangeMap::of(runs)
        })
    }

    proptest! {
        #[test]
        fn maps_are_as_byte_by_byte(above in any_map(), below in any_map(), start in 0u64..20, len in 0u64..20) {
            let mut joined: Vec<(u64, u64)> = bytes(&above)
                .into_iter()
                .flat_map(|(upper, middle)| {
                    bytes(&below).into_iter().filter(move |(at, _)| *at == middle).map(move |(_, lower)| (upper, lower))
                })
                .collect();
            joined.sort_unstable();
            prop_assert_eq!(bytes(&above.then(&below)), joined);
            let mut back: Vec<(u64, u64)> = bytes(&above).into_iter().map(|(upper, lower)| (lower, upper)).collect();
            back.sort_unstable();
            prop_assert_eq!(bytes(&above.inverted()), back);
            let inside = start..start + len;
            let lower: Vec<u64> =
                bytes(&above).into_iter().filter(|(at, _)| inside.contains(at)).map(|(_, lower)| lower).collect();
            let span = lower.iter().min().zip(lower.iter().max()).map(|(first, last)| *first..last + 1);
            prop_assert_eq!(above.span(inside), span);
        }
    }
}
