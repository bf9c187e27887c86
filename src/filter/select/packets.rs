//! The packets told lately: what ends in one of them may be told a little later.

use std::collections::VecDeque;

use crate::base::number::{narrow, short};
use crate::base::{LinkType, Packet, PacketNumber, limits};
use crate::fields::display::{Name, Source, Term};
use crate::filter::row::PacketBytes;

/// A window of packets, the oldest first, numbered without gaps.
pub(super) struct Packets {
    kept: VecDeque<Kept>,
    bytes: usize,
    /// Whole packets are kept, not only their headers.
    whole: bool,
}

struct Kept {
    number: PacketNumber,
    data: Vec<u8>,
    captured: u32,
    link: LinkType,
    wire_len: u32,
    interface: u32,
    comment: Option<Box<str>>,
}

/// A name asks for more of a packet than its headers.
pub(super) fn asks_for_all(name: &Name) -> bool {
    matches!(name.source, Source::Term(Term::Frame | Term::TcpPayload))
}

impl Packets {
    pub(super) fn new(whole: bool) -> Packets {
        Packets { kept: VecDeque::new(), bytes: 0, whole }
    }

    /// As much is kept, of nothing yet.
    pub(super) fn another(&self) -> Packets {
        Packets::new(self.whole)
    }

    pub(super) fn keep(&mut self, packet: &Packet<'_>) {
        let most = if self.whole { usize::MAX } else { limits::FILTER_HEADER_BYTES };
        let data = packet.data.get(..packet.data.len().min(most)).unwrap_or_default();
        let mut room = Vec::new();
        while self.kept.len() >= limits::FILTER_PACKETS || self.bytes + data.len() > limits::FILTER_PACKET_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.data.len();
            room = oldest.data;
        }
        room.clear();
        room.extend_from_slice(data);
        self.bytes += room.len();
        self.kept.push_back(Kept {
            number: packet.number,
            data: room,
            captured: short(packet.data.len()),
            link: packet.link,
            wire_len: packet.wire_len,
            interface: packet.interface,
            comment: packet.comment.map(Box::from),
        });
    }

    pub(super) fn get(&self, number: PacketNumber) -> Option<PacketBytes<'_>> {
        let first = self.kept.front()?.number;
        let kept = self.kept.get(narrow(number.checked_sub(first)?)).filter(|kept| kept.number == number)?;
        Some(PacketBytes {
            data: &kept.data,
            captured: kept.captured,
            link: kept.link,
            wire_len: kept.wire_len,
            interface: kept.interface,
            comment: kept.comment.as_deref(),
        })
    }
}
