//! Everything about one frame, put together when somebody looks at it.
//!
//! In: a frame's number. Out: its row, its message, its packets, and how its bytes map from one source to another: byte 7
//! of the unmasked payload is byte 13 on the wire and byte 79 of packet 12. Payloads are not read as a whole:
//! [`Detail::window`] reads what is shown. What its fields mean is said in [`crate::teach`].

use std::ops::Range;

use super::Trace;
use super::frames::FrameRow;
use super::messages::MessageRow;
use super::read::{Bytes, Window};
use super::records::RecordRow;
use super::runs::Run;
use super::sources::{RangeMap, Shared};
use crate::base::number::wide;
use crate::base::{PacketNumber, Source, Span};

/// Packets listed of a frame that spans many.
const PACKETS: usize = 1024;

/// Everything about one frame.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Its row.
    pub row: FrameRow,
    /// Its message, once that has ended.
    pub message: Option<MessageRow>,
    /// Where its payload starts in its message.
    pub message_start: u64,
    /// Its bytes in the packets that carry it.
    pub runs: Vec<Run>,
    /// Which of them lies in the packet that is looked at.
    shown: usize,
    /// The captured bytes of that packet.
    pub packet: Vec<u8>,
    /// Its message after inflating, where it is compressed and was inflated.
    pub inflated: Option<std::sync::Arc<Window>>,
    /// The records it was decrypted from; empty where it came in the clear.
    pub records: Vec<RecordRow>,
    /// Where its bytes stand in what those records hold.
    decrypted: RangeMap,
}

impl Detail {
    /// Looks a frame up.
    #[must_use]
    pub fn read(bytes: Bytes<'_>, number: u64) -> Option<Detail> {
        let trace = bytes.trace();
        let row = trace.frames().get(number)?;
        let message = row.message.and_then(|message| trace.messages().get(message));
        let end = row.offset.saturating_add(row.wire_len());
        let own = trace.runs(row.socket, row.direction, row.offset).take_while(|run| run.offset < end).take(PACKETS);
        let mut runs: Vec<Run> = own.collect();
        let (records, decrypted) = records_of(trace, &row, &runs);
        if let (Some(first), Some(last)) = (records.first(), records.last()) {
            // Packets carry the records, not the frame.
            let sealed_end = last.offset.saturating_add(last.len);
            let sealed = trace.sealed_runs(row.socket, row.direction, first.offset);
            runs = sealed.take_while(|run| run.offset < sealed_end).take(PACKETS).collect();
        }
        let packet = runs.first().and_then(|run| bytes.packet(run)).unwrap_or_default();
        let message_start = message.map_or(0, |message| start_in_message(bytes, &message, number));
        Some(Detail { row, message, message_start, runs, shown: 0, packet, inflated: None, records, decrypted })
    }

    /// The bytes of the frame in the packet that is looked at, or the first of them.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.runs.get(self.shown)
    }

    /// The numbers of the packets that carry it, and which of them is looked at, from 1.
    #[must_use]
    pub fn packets(&self) -> (Vec<PacketNumber>, usize) {
        let mut packets: Vec<PacketNumber> = self.runs.iter().map(|run| run.packet).collect();
        packets.dedup();
        let here = self.run().and_then(|run| packets.iter().position(|packet| *packet == run.packet));
        (packets, here.map_or(0, |here| here + 1))
    }

    /// Looks at the next of its packets, or the one before; `false` where there is none.
    pub fn step_packet(&mut self, bytes: Bytes<'_>, forward: bool) -> bool {
        let here = self.run().map(|run| run.packet);
        let others = |run: &Run| Some(run.packet) != here;
        let to = if forward {
            self.runs.iter().skip(self.shown).position(others).map(|step| self.shown + step)
        } else {
            let before = self.runs.get(..self.shown).and_then(|before| before.iter().rev().find(|run| others(run)));
            before.and_then(|last| self.runs.iter().position(|run| run.packet == last.packet))
        };
        let Some((shown, packet)) = to.and_then(|to| Some((to, bytes.packet(self.runs.get(to)?)?))) else {
            return false;
        };
        (self.shown, self.packet) = (shown, packet);
        true
    }

    /// Takes the inflated bytes of its message, once they are known. `true` where they were not before.
    pub fn inflate(&mut self, inflated: Option<std::sync::Arc<Window>>) -> bool {
        let news = self.message.is_some() && self.inflated.is_none() && inflated.is_some();
        if news {
            self.inflated = inflated;
        }
        news
    }

    /// The sources its bytes can be shown in, and the length of each.
    #[must_use]
    pub fn sources(&self) -> Vec<(Source, u64)> {
        let mut sources = vec![(Source::Frame, self.row.wire_len()), (Source::Unmasked, self.row.header.length)];
        if let Some(message) = &self.message {
            if message.frame_count > 1 {
                sources.push((Source::Message, message.wire_length));
            }
            if message.compressed {
                let len = self.inflated.as_ref().map_or(message.length, |window| window.end());
                sources.push((Source::Inflated, len));
            }
        }
        if let Some(range) = self.in_records() {
            sources.push((Source::Decrypted, range.end - range.start));
        }
        if !self.packet.is_empty() {
            sources.push((Source::Packet, wide(self.packet.len())));
        }
        sources
    }

    /// What its records hold, among all that records of its direction hold.
    #[must_use]
    pub fn in_records(&self) -> Option<Range<u64>> {
        Some(self.records.first()?.plain..self.records.last()?.plain_end())
    }

    /// Bytes of one of its sources.
    #[must_use]
    pub fn window(&self, bytes: Bytes<'_>, source: Source, range: Range<u64>) -> Window {
        match source {
            Source::Frame => bytes.frame(&self.row, range),
            Source::Unmasked => bytes.unmasked(&self.row, range),
            Source::Message => self.message.map(|message| bytes.message(&message, range)).unwrap_or_default(),
            Source::Packet => Window { start: 0, bytes: self.packet.clone(), holes: Vec::new() }.part(range),
            Source::Inflated => self.inflated.as_ref().map(|window| window.part(range)).unwrap_or_default(),
            Source::Decrypted => self.decrypted(bytes, range),
            Source::Stream => Window::default(),
        }
    }

    /// The bytes of another source that a span stands for, where there are some.
    #[must_use]
    pub fn translate(&self, span: Span, to: Source) -> Option<Span> {
        if span.source == to {
            return Some(span);
        }
        if to == Source::Inflated {
            return self.inflated_of(span);
        }
        if !self.records.is_empty() && (span.source == Source::Packet || to == Source::Packet) {
            return self.through_records(span, to);
        }
        let wire = self.in_frame(span.source)?.then(&self.in_frame(to)?.inverted());
        let found = wire.span(span.start..span.start.saturating_add(span.len))?;
        Some(Span { source: to, start: found.start, len: found.end - found.start })
    }

    /// Where the bytes of a source lie in the frame on the wire, in which all of them meet.
    fn in_frame(&self, source: Source) -> Option<RangeMap> {
        let (header, length) = (u64::from(self.row.header_len), self.row.header.length);
        Some(match source {
            Source::Frame => RangeMap::run(0, 0, self.row.wire_len()),
            Source::Unmasked => RangeMap::run(0, header, length),
            Source::Message if self.row.message.is_some() && self.row.is_data() => {
                RangeMap::run(self.message_start, header, length)
            }
            Source::Stream => self.in_stream().inverted(),
            Source::Decrypted => self.decrypted.inverted(),
            Source::Packet => self.in_packet(self.run()?.packet).inverted(),
            Source::Message | Source::Inflated => return None,
        })
    }

    /// Bytes of what its records hold.
    fn decrypted(&self, bytes: Bytes<'_>, range: Range<u64>) -> Window {
        let Some(all) = self.in_records() else { return Window::default() };
        let range = range.start.min(all.end - all.start)..range.end.min(all.end - all.start);
        bytes.in_records(self.row.socket, self.row.direction, all.start, range)
    }

    /// From a packet to what its records hold, or back: a record opens as a whole, so that each byte of the one stands for all
    /// bytes of the other.
    fn through_records(&self, span: Span, to: Source) -> Option<Span> {
        let base = self.records.first()?.plain;
        let plain = |record: &RecordRow| record.plain - base..record.plain_end() - base;
        let meets = |one: &Range<u64>, other: &Range<u64>| one.start < other.end && other.start < one.end;
        if to == Source::Packet {
            let asked = self.translate(span, Source::Decrypted)?.range();
            let sealed = self.records.iter().filter(|record| meets(&plain(record), &asked));
            let sealed = sealed.map(|record| record.offset..record.offset.saturating_add(record.len));
            let sealed = sealed.reduce(|all, next| all.start..next.end)?;
            let found = self.sealed_in_packet().span(sealed)?;
            return Some(Span { source: to, start: found.start, len: found.end - found.start });
        }
        let asked = self.sealed_in_packet().inverted().span(span.range())?;
        let held = self.records.iter().filter(|record| meets(&(record.offset..record.offset + record.len), &asked));
        let held = held.map(plain).reduce(|all, next| all.start..next.end)?;
        let held = Span { source: Source::Decrypted, start: held.start, len: held.end - held.start };
        self.translate(held, to)
    }

    /// Where sealed bytes lie in the packet that is looked at.
    #[must_use]
    pub fn sealed_in_packet(&self) -> RangeMap {
        let packet = self.run().map(|run| run.packet);
        let runs = self.runs.iter().filter(|run| Some(run.packet) == packet && run.packet_len > 0);
        RangeMap::of(runs.map(|run| Shared { upper: run.offset, lower: run.into_packet, len: run.len }))
    }

    /// Where the frame lies in the stream of its direction.
    fn in_stream(&self) -> RangeMap {
        RangeMap::run(0, self.row.offset, self.row.wire_len())
    }

    /// Where the frame lies in one of the packets that carry it.
    #[must_use]
    pub fn in_packet(&self, packet: PacketNumber) -> RangeMap {
        // Of what was decrypted no byte lies in a packet.
        let runs = self.runs.iter().filter(|run| run.packet == packet && run.packet_len > 0 && self.records.is_empty());
        let stream = runs.map(|run| Shared { upper: run.offset, lower: run.into_packet, len: run.len });
        self.in_stream().then(&RangeMap::of(stream))
    }

    /// The inflated bytes of a span: bytes of a compressed payload have none of their own, but all of them give all.
    fn inflated_of(&self, span: Span) -> Option<Span> {
        let (message, inflated) = self.message.as_ref().zip(self.inflated.as_ref())?;
        let whole = match span.source {
            Source::Message => span.start == 0 && span.len >= message.wire_length,
            _ => {
                let payload = self.translate(span, Source::Unmasked)?;
                message.frame_count == 1 && payload.start == 0 && payload.len >= self.row.header.length
            }
        };
        whole.then(|| Span { source: Source::Inflated, start: 0, len: inflated.end() })
    }
}

/// The records that hold a frame, and where its bytes stand in what they hold.
fn records_of(trace: &Trace, row: &FrameRow, runs: &[Run]) -> (Vec<RecordRow>, RangeMap) {
    let frame = row.offset..row.offset.saturating_add(row.wire_len());
    let parts: Vec<Shared> = runs
        .iter()
        .filter_map(|run| {
            let (start, end) = (run.offset.max(frame.start), run.end().min(frame.end));
            let lower = run.decrypted()? + (start - run.offset);
            Some(Shared { upper: start - frame.start, lower, len: end.saturating_sub(start) })
        })
        .collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Default::default() };
    let end = last.lower.saturating_add(last.len);
    let records = trace.records(row.socket, row.direction, first.lower);
    let records: Vec<RecordRow> = records.take_while(|record| record.plain < end).take(PACKETS).collect();
    let base = records.first().map_or(0, |record| record.plain);
    let inside = parts.into_iter().filter(|part| part.lower >= base);
    let map = RangeMap::of(inside.map(|part| Shared { lower: part.lower - base, ..part }));
    (records, map)
}

fn start_in_message(bytes: Bytes<'_>, message: &MessageRow, number: u64) -> u64 {
    let frames = bytes.trace().message_frames(message);
    let before = frames.iter().take_while(|frame| frame.number != number);
    before.map(|row| row.header.length).fold(0, u64::saturating_add)
}
