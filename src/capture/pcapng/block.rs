//! The blocks that come now and then: section header, interface, statistics, names, secrets.
//!
//! In: the bytes of one whole block. Out: plain values, or `None` where the block makes no sense. Parsed by pcap-parser;
//! only integers inside options are read here, because that library takes them for little-endian.

use std::net::IpAddr;

use pcap_parser::{
    DecryptionSecretsBlock, InterfaceDescriptionBlock, InterfaceStatisticsBlock, NameRecordType, NameResolutionBlock,
    PcapNGOption, parse_decryptionsecretsblock_be, parse_decryptionsecretsblock_le, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le, parse_interfacestatisticsblock_be, parse_interfacestatisticsblock_le,
    parse_nameresolutionblock_be, parse_nameresolutionblock_le, parse_sectionheaderblock,
};

use super::clock::Clock;
use super::option::COMMENT;
use super::order::Order;
use crate::base::{LinkType, Timestamp};
use crate::capture::metadata::{Interface, NameRecord, Section, Statistics};

/// Block types (draft-ietf-opsawg-pcapng section 11.1).
pub(super) mod kind {
    pub(in super::super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(in super::super) const INTERFACE: u32 = 1;
    pub(in super::super) const OBSOLETE_PACKET: u32 = 2;
    pub(in super::super) const SIMPLE_PACKET: u32 = 3;
    pub(in super::super) const NAMES: u32 = 4;
    pub(in super::super) const STATISTICS: u32 = 5;
    pub(in super::super) const ENHANCED_PACKET: u32 = 6;
    pub(in super::super) const SECRETS: u32 = 10;
    /// A custom block that asks not to be copied.
    pub(in super::super) const NOT_TO_BE_COPIED: u32 = 0x4000_0bad;
    /// Blocks that hold a packet.
    pub(in super::super) const PACKETS: [u32; 3] = [OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET];
    /// Others that are in use: journal entries, process information, and custom blocks that may and may not be copied.
    pub(in super::super) const OTHERS: &[u32] = &[9, 0x8000_0001, 0x0bad, 0x4000_0bad];
    /// Blocks without packets that Wireshark shows as frames: journal entries, custom blocks, system calls. Packet
    /// numbers are its frame numbers, so each takes a number.
    pub(in super::super) const NUMBERED: &[u32] = &[9, 0x0bad, 0x4000_0bad, 0x204, 0x208, 0x216, 0x221, 0x222, 0x223];
}

/// The values of the options with this code.
fn values<'a>(options: &'a [PcapNGOption<'_>], code: u16) -> impl Iterator<Item = &'a [u8]> {
    options.iter().filter(move |option| option.code.0 == code).filter_map(|option| option.as_bytes().ok())
}

/// The first option with this code, as text. Some writers end it with a zero byte.
fn text(options: &[PcapNGOption<'_>], code: u16) -> Option<String> {
    values(options, code).next().map(lossy)
}

fn comments(options: &[PcapNGOption<'_>]) -> Vec<String> {
    values(options, COMMENT).map(lossy).collect()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

fn number(options: &[PcapNGOption<'_>], code: u16, order: Order) -> Option<u64> {
    values(options, code).next().and_then(|value| value.try_into().ok()).map(|value| order.u64(value))
}

/// A section header block (section 4.1).
pub(super) fn section(bytes: &[u8], order: Order) -> Option<Section> {
    let (_, block) = parse_sectionheaderblock(bytes).ok()?;
    Some(Section {
        position: 0,
        big_endian: order == Order::Big,
        version: (block.major_version, block.minor_version),
        hardware: text(&block.options, 2),
        os: text(&block.options, 3),
        application: text(&block.options, 4),
        comments: comments(&block.options),
    })
}

/// An interface description block (section 4.2).
pub(super) fn interface(bytes: &[u8], order: Order, section: u32) -> Option<Interface> {
    let parsed = match order {
        Order::Little => parse_interfacedescriptionblock_le(bytes),
        Order::Big => parse_interfacedescriptionblock_be(bytes),
    };
    let (_, InterfaceDescriptionBlock { linktype, snaplen, options, .. }) = parsed.ok()?;
    let resolution = values(&options, 9).next().and_then(|value| value.first()).copied().unwrap_or(6);
    let offset = number(&options, 14, order).map_or(0, u64::cast_signed);
    let link = LinkType(u16::try_from(linktype.0).unwrap_or(u16::MAX));
    Some(Interface {
        name: text(&options, 2),
        description: text(&options, 3),
        // The first byte says how the filter is written; 0 is libpcap's language.
        filter: values(&options, 11).find_map(|value| value.strip_prefix(&[0])).map(lossy),
        comments: comments(&options),
        snaplen,
        ..Interface::new(section, link, Clock::new(resolution, offset))
    })
}

/// An interface statistics block (section 4.6): the number of its interface in the section, and what it says.
/// `clock_of` gives the clock of that interface; `None` makes the whole `None`.
pub(super) fn statistics(
    bytes: &[u8],
    order: Order,
    clock_of: impl FnOnce(u32) -> Option<Clock>,
) -> Option<(u32, Statistics)> {
    let parsed = match order {
        Order::Little => parse_interfacestatisticsblock_le(bytes),
        Order::Big => parse_interfacestatisticsblock_be(bytes),
    };
    let (_, InterfaceStatisticsBlock { if_id, ts_high, ts_low, options, .. }) = parsed.ok()?;
    let clock = clock_of(if_id)?;
    let time = |code| -> Option<Timestamp> {
        // Two halves, the higher first, in either byte order.
        let &[a, b, c, d, e, f, g, h] = values(&options, code).next()?.first_chunk()?;
        Some(clock.time(join(order.u32([a, b, c, d]), order.u32([e, f, g, h]))))
    };
    let count = |code| number(&options, code, order);
    let statistics = Statistics {
        time: clock.time(join(ts_high, ts_low)),
        start: time(2),
        end: time(3),
        received: count(4),
        dropped: count(5),
        accepted: count(6),
        dropped_by_os: count(7),
        delivered: count(8),
    };
    Some((if_id, statistics))
}

/// A count of 64 bits from its halves.
#[inline]
pub(super) fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// A name resolution block (section 4.5).
pub(super) fn names(bytes: &[u8], order: Order) -> Option<Vec<NameRecord>> {
    let parsed = match order {
        Order::Little => parse_nameresolutionblock_le(bytes),
        Order::Big => parse_nameresolutionblock_be(bytes),
    };
    let (_, NameResolutionBlock { nr, .. }) = parsed.ok()?;
    Some(
        nr.iter()
            .filter_map(|record| {
                let (address, names) = match record.record_type {
                    NameRecordType::Ipv4 => {
                        let (address, names) = record.record_value.split_first_chunk::<4>()?;
                        (IpAddr::from(*address), names)
                    }
                    NameRecordType::Ipv6 => {
                        let (address, names) = record.record_value.split_first_chunk::<16>()?;
                        (IpAddr::from(*address), names)
                    }
                    _ => return None,
                };
                // Each ends with a zero byte; what the padding adds is empty.
                let names: Vec<_> = names.split(|&b| b == 0).filter(|name| !name.is_empty()).map(lossy).collect();
                (!names.is_empty()).then_some(NameRecord { address, names })
            })
            .collect(),
    )
}

/// A decryption secrets block (section 4.7): type and content.
pub(super) fn secrets(bytes: &[u8], order: Order) -> Option<(u32, Vec<u8>)> {
    let parsed = match order {
        Order::Little => parse_decryptionsecretsblock_le(bytes),
        Order::Big => parse_decryptionsecretsblock_be(bytes),
    };
    let (_, DecryptionSecretsBlock { secrets_type, secrets_len, data, .. }) = parsed.ok()?;
    // The library counts the padding to the data.
    Some((secrets_type.0, data.get(..secrets_len as usize)?.to_vec()))
}
