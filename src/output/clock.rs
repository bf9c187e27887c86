//! Times as text. Packets come close together in time, so the text of a whole second is kept and used again.

use jiff::Timestamp as Civil;

use super::number::push_nanos;
use crate::base::Timestamp;

/// Writes times in UTC as RFC 3339 with nine decimals: `2026-11-22T06:23:01.123456789Z`.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    second: Option<i64>,
    text: String,
}

impl Clock {
    /// Appends `time`.
    pub fn push(&mut self, out: &mut Vec<u8>, time: Timestamp) {
        let second = time.seconds();
        if self.second != Some(second) {
            self.second = Some(second);
            // Every second that a count of nanoseconds reaches (years 1677 to 2262) is in the calendar's range.
            let civil = Civil::from_second(second).unwrap_or_default();
            self.text = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        }
        out.extend_from_slice(self.text.as_bytes());
        out.push(b'.');
        push_nanos(out, time.subsec_nanos());
        out.push(b'Z');
    }

    /// The text of `time` alone.
    #[must_use]
    pub fn text(time: Timestamp) -> String {
        let mut out = Vec::new();
        Clock::default().push(&mut out, time);
        String::from_utf8(out).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_nanosecond() {
        assert_eq!(Clock::text(Timestamp(0)), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(Clock::text(Timestamp(1_795_328_581_123_456_789)), "2026-11-22T06:23:01.123456789Z");
        assert_eq!(Clock::text(Timestamp(-1)), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(Clock::text(Timestamp(i64::MIN)), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(Clock::text(Timestamp(i64::MAX)), "2262-04-11T23:47:16.854775807Z");
    }

    #[test]
    fn the_kept_second_is_dropped_when_time_moves_either_way() {
        let mut clock = Clock::default();
        let mut out = Vec::new();
        for time in [1_999_999_999, 2_000_000_000, 1_000_000_000] {
            clock.push(&mut out, Timestamp(time));
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "1970-01-01T00:00:01.999999999Z1970-01-01T00:00:02.000000000Z1970-01-01T00:00:01.000000000Z");
    }
}
