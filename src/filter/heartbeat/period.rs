//! Messages that come back with a period and say nothing new: heartbeats of formats that nobody here knows.
//!
//! In: short messages in the order in which they end. Out: whether one is the fourth of its shape or a later one, after gaps
//! that are alike, while nothing in it has changed but numbers that count or tell the time. The shape is the message without
//! the digits of its whole numbers. Numbers that change in any other way, and fractions, are data: a shape that has had one
//! is never a heartbeat again. Memory is bounded by [`limits::HEARTBEAT_SHAPES`].

use std::hash::{DefaultHasher, Hash, Hasher as _};

use hashbrown::HashMap;

use crate::base::{Direction, SocketId, Timestamp, limits};
use crate::websocket::{Message, Opcode};

/// The shortest period: what comes more often is traffic.
const LEAST: i64 = 500_000_000;

/// Gaps that are alike, before the message behind them is one.
const ALIKE: u8 = 3;

/// Whose messages, and of which shape.
type Key = (SocketId, Direction, u64);

/// All shapes heard of lately. Those not heard of again go when there are too many.
#[derive(Debug, Default)]
pub(super) struct Periods {
    young: HashMap<Key, Shape>,
    old: HashMap<Key, Shape>,
    forgotten: u64,
}

/// What is known of a shape.
#[derive(Debug, Clone)]
struct Shape {
    payload: Vec<u8>,
    last: Timestamp,
    period: i64,
    /// Gaps in a row that are as long as the period.
    alike: u8,
    /// Something in it changed that is neither counter nor clock.
    is_data: bool,
}

impl Periods {
    pub(super) fn push(&mut self, id: SocketId, message: &Message<'_>) -> bool {
        if message.payload.len() > limits::HEARTBEAT_PERIOD_BYTES {
            return false;
        }
        let text = message.opcode == Opcode::Text;
        let key = (id, message.direction, shape_of(message.payload, text));
        let now = message.last.time;
        if let Some(shape) = self.young.get_mut(&key) {
            return shape.again(message.payload, text, now);
        }
        let (shape, is_one) = match self.old.remove(&key) {
            Some(mut shape) => {
                let is_one = shape.again(message.payload, text, now);
                (shape, is_one)
            }
            None => (Shape::first(message.payload, text, now), false),
        };
        if self.young.len() >= limits::HEARTBEAT_SHAPES {
            self.forgotten += self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, shape);
        is_one
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

impl Shape {
    fn first(payload: &[u8], text: bool, now: Timestamp) -> Shape {
        let is_data = text && has_fraction(payload);
        Shape { payload: if is_data { Vec::new() } else { payload.to_vec() }, last: now, period: 0, alike: 0, is_data }
    }

    /// It has come again; gives whether it is a heartbeat.
    fn again(&mut self, payload: &[u8], text: bool, now: Timestamp) -> bool {
        if self.is_data {
            return false;
        }
        let gap = now.since(self.last);
        self.last = now;
        if !says_nothing_new(&self.payload, payload, text, gap) {
            self.is_data = true;
            self.payload = Vec::new();
            return false;
        }
        payload.clone_into(&mut self.payload);
        let as_before = (gap - self.period).abs() <= self.period / 5;
        // Once it is known, it may wait: many are sent only after so long a silence.
        let later = self.alike >= ALIKE && gap > self.period;
        if gap < LEAST {
            self.alike = 0;
        } else if self.alike > 0 && (as_before || later) {
            self.alike = self.alike.saturating_add(1).min(ALIKE);
            return self.alike == ALIKE;
        } else {
            (self.alike, self.period) = (1, gap);
        }
        false
    }
}

/// Of a text the hash of all but the digits; of bytes that of the first and their number.
fn shape_of(payload: &[u8], text: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    if text {
        for (run, digits) in runs(payload) {
            if digits { 0_u8.hash(&mut hasher) } else { run.hash(&mut hasher) }
        }
    } else {
        (payload.first(), payload.len()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Runs of digits, and of what is between them.
fn runs(payload: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let runs = payload.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    runs.map(|run| (run, run.first().is_some_and(u8::is_ascii_digit)))
}

/// A digit, a point, a digit: a price, a temperature.
fn has_fraction(payload: &[u8]) -> bool {
    payload.windows(3).any(|three| matches!(three, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit()))
}

/// Nothing has changed but what counts, or goes with the time that has passed.
fn says_nothing_new(before: &[u8], now: &[u8], text: bool, passed: i64) -> bool {
    if before == now {
        return true;
    }
    if !text {
        return counts_bytes(before, now);
    }
    let mut others = runs(now);
    let same = runs(before).all(|(run, digits)| match others.next() {
        Some((other, true)) if digits => run == other || counts(run, other, passed),
        Some((other, false)) if !digits => run == other,
        _ => false,
    });
    same && others.next().is_none()
}

/// One more than before, or as much more as time has passed, in any unit from seconds to nanoseconds.
fn counts(before: &[u8], now: &[u8], passed: i64) -> bool {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i128>().ok();
    let (Some(before), Some(now)) = (number(before), number(now)) else { return false };
    let more = now - before;
    more == 1
        || [1_000_000_000, 1_000_000, 1_000, 1].iter().any(|unit| {
            let wanted = i128::from(passed) / unit;
            // A number that stands for milliseconds is long: a price of three digits is none.
            wanted > 0 && before >= 1_000_000 && (more - wanted).abs() <= wanted / 10 + 1
        })
}

/// One run of up to eight bytes has counted on by one, whichever end is first.
fn counts_bytes(before: &[u8], now: &[u8]) -> bool {
    let differs = |(a, b): (&u8, &u8)| a != b;
    let pairs = || before.iter().zip(now);
    let (Some(first), Some(last)) = (pairs().position(differs), pairs().rposition(differs)) else { return false };
    let number = |bytes: &[u8], first_is_high: bool| {
        let bytes = bytes.get(first..=last).filter(|bytes| bytes.len() <= 8)?;
        let push = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if first_is_high { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) })
    };
    before.len() == now.len()
        && [true, false].into_iter().any(|high| match (number(before, high), number(now, high)) {
            (Some(before), Some(now)) => now.wrapping_sub(before) == 1,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{At, ConnectionId};

    /// Messages with their times in milliseconds: which are heartbeats.
    fn heard<'p>(opcode: Opcode, messages: impl IntoIterator<Item = (i64, &'p [u8])>) -> Vec<bool> {
        let mut periods = Periods::default();
        let told = messages.into_iter().map(|(time, payload)| {
            let at = At { packet: 1, time: Timestamp(time * 1_000_000) };
            let message = Message {
                direction: Direction::Server,
                offset: 0,
                last_offset: 0,
                opcode,
                compressed: false,
                first: at,
                last: at,
                frame_count: 1,
                wire_length: payload.len() as u64,
                length: payload.len() as u64,
                complete: true,
                ended: true,
                payload,
                holes: &[],
                notes: &[],
            };
            periods.push(ConnectionId(0).into(), &message)
        });
        told.collect()
    }

    fn every_second(texts: &[&str]) -> Vec<bool> {
        heard(Opcode::Text, (0..).zip(texts).map(|(n, text)| (n * 1000 + n % 3 * 7, text.as_bytes())))
    }

    #[test]
    fn what_comes_back_with_a_period_is_one_from_the_fourth_time_on() {
        assert_eq!(every_second(&["~"; 6]), [false, false, false, true, true, true]);
        assert_eq!(every_second(&["b 7", "b 8", "b 9", "b 10", "b 11"]), [false, false, false, true, true]);
        let clock = ["hb1795328581123", "hb1795328582130", "hb1795328583137", "hb1795328584123", "hb1795328585130"];
        assert_eq!(every_second(&clock), [false, false, false, true, true]);
    }

    #[test]
    fn numbers_that_say_something_are_data_for_ever() {
        let ticker = ["p 86", "p 86", "p 86", "p 85", "p 86", "p 86", "p 86", "p 86", "p 86"];
        assert_eq!(every_second(&ticker), [false; 9]);
        // Three of a price that stands still are shown; a fraction is data at once.
        assert_eq!(every_second(&["IBM 86.75"; 9]), [false; 9]);
        // Steps of a thousand in numbers that are no time.
        assert_eq!(every_second(&["n 1000", "n 2000", "n 3000", "n 4000", "n 5000"]), [false; 5]);
    }

    #[test]
    fn what_comes_often_or_without_a_period_is_none() {
        let at = |times: &[i64]| heard(Opcode::Text, times.iter().map(|time| (*time, &b"state"[..])));
        assert_eq!(at(&[0, 100, 200, 300, 400, 500, 600]), [false; 7]);
        assert_eq!(at(&[0, 1000, 5000, 6000, 12_000, 13_000, 30_000]), [false; 7]);
        // One that is known may be late, and has to begin anew where it is early.
        assert_eq!(
            at(&[0, 1000, 2000, 3000, 7000, 8000, 8300, 9300, 10_300, 11_300]),
            [false, false, false, true, true, true, false, false, false, true]
        );
    }

    #[test]
    fn bytes_may_count() {
        let beats: Vec<[u8; 4]> = (250_u16..260).map(|n| [9, n.to_be_bytes()[0], n.to_be_bytes()[1], 7]).collect();
        let told = heard(Opcode::Binary, (0..).map(|n| n * 2000).zip(beats.iter().map(|beat| &beat[..])));
        assert_eq!(told, [[false; 3].as_slice(), &[true; 7]].concat());
        let data: Vec<[u8; 4]> = (0..10).map(|n| [9, n * 17, 3, n * 5]).collect();
        assert_eq!(heard(Opcode::Binary, (0..).map(|n| n * 2000).zip(data.iter().map(|beat| &beat[..]))), [false; 10]);
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_counted() {
        let mut periods = Periods::default();
        let mut texts: Vec<String> = Vec::new();
        for n in 0..limits::HEARTBEAT_SHAPES * 3 {
            texts.push(format!("{n:x}").chars().map(|c| char::from(b'a' + c.to_digit(16).unwrap() as u8)).collect());
        }
        let at = At { packet: 1, time: Timestamp(0) };
        for text in &texts {
            let message = Message {
                direction: Direction::Server,
                offset: 0,
                last_offset: 0,
                opcode: Opcode::Text,
                compressed: false,
                first: at,
                last: at,
                frame_count: 1,
                wire_length: text.len() as u64,
                length: text.len() as u64,
                complete: true,
                ended: true,
                payload: text.as_bytes(),
                holes: &[],
                notes: &[],
            };
            assert!(!periods.push(ConnectionId(0).into(), &message));
        }
        assert!(periods.young.len() + periods.old.len() <= 2 * limits::HEARTBEAT_SHAPES);
        assert_eq!(periods.forgotten(), limits::HEARTBEAT_SHAPES as u64);
    }
}
