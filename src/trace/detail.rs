//! Everything about one frame, put together when somebody looks at it.
//!
//! In: a frame's number. Out: its row, its message, its packets, and how its bytes map from one source to another: byte 7
//! of the unmasked payload is byte 13 on the wire and byte 79 of packet 12. Payloads are not read as a whole:
//! [`Detail::window`] reads what is shown. What its fields mean is said in [`crate::teach`].

use std::ops::Range;

use super::frames::FrameRow;
use super::messages::MessageRow;
use super::read::{Bytes, Window};
use super::runs::Run;
use super::sources::{RangeMap, Shared};
use crate::base::number::{narrow, wide};
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
}

impl Detail {
    /// Looks a frame up.
    #[must_use]
    pub fn read(bytes: Bytes<'_>, number: u64) -> Option<Detail> {
        let trace = bytes.trace();
        let row = trace.frames().get(number)?;
        let message = row.message.and_then(|message| trace.messages().get(message));
        let end = row.offset.saturating_add(row.wire_len());
        let runs: Vec<Run> = trace
            .runs(row.socket, row.direction, row.offset)
            .take_while(|run| run.offset < end)
            .take(PACKETS)
            .collect();
        let packet = runs.first().and_then(|run| bytes.packet(run)).unwrap_or_default();
        let message_start = message.map_or(0, |message| start_in_message(bytes, &message, number));
        Some(Detail { row, message, message_start, runs, shown: 0, packet, inflated: None })
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
        if !self.packet.is_empty() {
            sources.push((Source::Packet, wide(self.packet.len())));
        }
        sources
    }

    /// Bytes of one of its sources.
    #[must_use]
    pub fn window(&self, bytes: Bytes<'_>, source: Source, range: Range<u64>) -> Window {
        match source {
            Source::Frame => bytes.frame(&self.row, range),
            Source::Unmasked => bytes.unmasked(&self.row, range),
            Source::Message => self.message.map(|message| bytes.message(&message, range)).unwrap_or_default(),
            Source::Packet => cut(&Window { start: 0, bytes: self.packet.clone(), holes: Vec::new() }, range),
            Source::Inflated => self.inflated.as_ref().map(|window| cut(window, range)).unwrap_or_default(),
            Source::Stream | Source::Decrypted => Window::default(),
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
            Source::Packet => self.in_packet(self.run()?.packet).inverted(),
            Source::Message | Source::Inflated | Source::Decrypted => return None,
        })
    }

    /// Where the frame lies in the stream of its direction.
    fn in_stream(&self) -> RangeMap {
        RangeMap::run(0, self.row.offset, self.row.wire_len())
    }

    /// Where the frame lies in one of the packets that carry it.
    #[must_use]
    pub fn in_packet(&self, packet: PacketNumber) -> RangeMap {
        let runs = self.runs.iter().filter(|run| run.packet == packet && run.packet_len > 0);
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

fn cut(window: &Window, range: Range<u64>) -> Window {
    let len = window.end();
    let range = range.start.min(len)..range.end.min(len);
    let index = |at: u64| narrow(at - window.start.min(at));
    let bytes = window.bytes.get(index(range.start)..index(range.end)).unwrap_or(&[]).to_vec();
    Window { start: range.start, bytes, holes: window.holes.clone() }
}

fn start_in_message(bytes: Bytes<'_>, message: &MessageRow, number: u64) -> u64 {
    let frames = bytes.trace().message_frames(message);
    let before = frames.iter().take_while(|frame| frame.number != number);
    before.map(|row| row.header.length).fold(0, u64::saturating_add)
}
