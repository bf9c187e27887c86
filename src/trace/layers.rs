//! The fields of a packet below WebSocket: link, VLAN, IP, TCP.
//!
//! In: the captured bytes of a packet and its link type. Out: a list of [`Node`]s with spans in the packet. A header
//! that is cut ends the list with what was there; nothing is an error.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::base::{Cursor, Incomplete, LinkType, Source};
use crate::fields::{Node, PacketField};

/// What a link header says comes next.
enum Next {
    EtherType(u16),
    /// Look at the version nibble.
    Ip,
    Nothing,
}

/// The fields of a packet's headers, outermost first.
#[must_use]
pub fn packet_fields(data: &[u8], link: LinkType) -> Vec<Node> {
    let mut walk = Walk { cursor: Cursor::new(data), fields: Vec::new() };
    // What was read before a cut stays in the list.
    let _ = walk.packet(link);
    walk.fields
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    fields: Vec<Node>,
}

impl Walk<'_> {
    fn here(&self) -> u64 {
        u64::try_from(self.cursor.offset()).unwrap_or(0)
    }

    /// Adds a field that starts at `start` of the packet and ends where the cursor stands.
    fn add(&mut self, start: u64, field: Node) {
        let len = self.here() - start;
        self.fields.push(field.at(Source::Packet, start, len));
    }

    /// Adds a layer's own line before the fields that were added after `index`.
    fn layer(&mut self, index: usize, start: u64, field: Node) {
        let len = self.here() - start;
        self.fields.insert(index.min(self.fields.len()), field.at(Source::Packet, start, len));
    }

    fn packet(&mut self, link: LinkType) -> Result<(), Incomplete> {
        match self.link(link)? {
            Next::EtherType(kind) => self.ether_type(kind),
            Next::Ip => self.ip(),
            Next::Nothing => Ok(()),
        }
    }

    fn link(&mut self, link: LinkType) -> Result<Next, Incomplete> {
        let (start, index) = (self.here(), self.fields.len());
        match link {
            LinkType::ETHERNET => {
                let destination = mac(self.cursor.array()?);
                self.add(0, Node::new(PacketField::EthernetDestination, 1, destination.clone()));
                let source = mac(self.cursor.array()?);
                self.add(6, Node::new(PacketField::EthernetSource, 1, source.clone()));
                let kind = self.cursor.u16()?;
                self.add(12, Node::new(PacketField::EthernetType, 1, ether_type(kind)));
                self.layer(index, start, Node::new(PacketField::Ethernet, 0, format!("{source} → {destination}")));
                Ok(Next::EtherType(kind))
            }
            LinkType::NULL | LinkType::LOOP => {
                let family: [u8; 4] = self.cursor.array()?;
                let what = format!("address family {}", family.into_iter().max().unwrap_or(0));
                self.layer(index, start, Node::new(PacketField::Loopback, 0, what));
                Ok(Next::Ip)
            }
            LinkType::LINUX_SLL => {
                self.cursor.take(14)?;
                let kind = self.cursor.u16()?;
                self.layer(index, start, Node::new(PacketField::Cooked, 0, ether_type(kind)));
                Ok(Next::EtherType(kind))
            }
            LinkType::LINUX_SLL2 => {
                let kind = self.cursor.u16()?;
                self.cursor.take(2)?;
                let interface = self.cursor.u32()?;
                self.cursor.take(12)?;
                let what = format!("{}, interface {interface}", ether_type(kind));
                self.layer(index, start, Node::new(PacketField::Cooked2, 0, what));
                Ok(Next::EtherType(kind))
            }
            LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => Ok(Next::Ip),
            _ => Ok(Next::Nothing),
        }
    }

    fn ether_type(&mut self, mut kind: u16) -> Result<(), Incomplete> {
        while matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
            let start = self.here();
            let tag = self.cursor.u16()?;
            kind = self.cursor.u16()?;
            let what = format!("id {}, priority {}, then {}", tag & 0x0fff, tag >> 13, ether_type(kind));
            self.add(start, Node::new(PacketField::Vlan, 0, what));
        }
        match kind {
            0x0800 | 0x86dd => self.ip(),
            0x8864 => {
                let start = self.here();
                self.cursor.take(8)?;
                self.add(start, Node::new(PacketField::Pppoe, 0, ""));
                self.ip()
            }
            0x8847 | 0x8848 => loop {
                let start = self.here();
                let entry = self.cursor.u32()?;
                self.add(start, Node::new(PacketField::Mpls, 0, format!("label {}", entry >> 12)));
                if entry & 0x100 != 0 {
                    return self.ip();
                }
            },
            _ => Ok(()),
        }
    }

    fn ip(&mut self) -> Result<(), Incomplete> {
        match self.cursor.rest().first().map(|byte| byte >> 4) {
            Some(4) => self.ipv4(),
            Some(6) => self.ipv6(),
            _ => Ok(()),
        }
    }

    fn ipv4(&mut self) -> Result<(), Incomplete> {
        let (start, index) = (self.here(), self.fields.len());
        let first = self.cursor.u8()?;
        let header = usize::from(first & 0x0f) * 4;
        self.add(start, Node::new(PacketField::Ipv4HeaderLength, 1, format!("{header} bytes")));
        let tos = self.cursor.u8()?;
        self.add(start + 1, Node::new(PacketField::Ipv4Service, 1, format!("{}, {}", tos >> 2, tos & 3)));
        let total = self.cursor.u16()?;
        let zero = if total == 0 { "left to the network card (segmentation offload)" } else { "" };
        self.add(start + 2, Node::new(PacketField::Ipv4Length, 1, total.to_string()).means(zero, ""));
        let id = self.cursor.u16()?;
        self.add(start + 4, Node::new(PacketField::Ipv4Identification, 1, format!("0x{id:04x}")));
        let fragment = self.cursor.u16()?;
        let flags = match (fragment & 0x4000 != 0, fragment & 0x2000 != 0) {
            (_, true) => "more fragments",
            (true, false) => "do not fragment",
            (false, false) => "none",
        };
        let place = format!("{flags}, offset {}", u32::from(fragment & 0x1fff) * 8);
        self.add(start + 6, Node::new(PacketField::Ipv4Flags, 1, place));
        let ttl = self.cursor.u8()?;
        self.add(start + 8, Node::new(PacketField::Ipv4TimeToLive, 1, ttl.to_string()));
        let protocol = self.cursor.u8()?;
        self.add(start + 9, Node::new(PacketField::Ipv4Protocol, 1, ip_protocol(protocol)));
        let sum = self.cursor.u16()?;
        self.add(start + 10, Node::new(PacketField::Ipv4Checksum, 1, format!("0x{sum:04x}")));
        let source = Ipv4Addr::from(self.cursor.array::<4>()?);
        self.add(start + 12, Node::new(PacketField::Ipv4Source, 1, source.to_string()));
        let destination = Ipv4Addr::from(self.cursor.array::<4>()?);
        self.add(start + 16, Node::new(PacketField::Ipv4Destination, 1, destination.to_string()));
        self.cursor.take(header.saturating_sub(20))?;
        self.layer(index, start, Node::new(PacketField::Ipv4, 0, format!("{source} → {destination}")));
        if protocol == 6 && fragment & 0x1fff == 0 { self.tcp() } else { Ok(()) }
    }

    fn ipv6(&mut self) -> Result<(), Incomplete> {
        let (start, index) = (self.here(), self.fields.len());
        let first = self.cursor.u32()?;
        self.add(start, Node::new(PacketField::Ipv6Flow, 1, format!("0x{:05x}", first & 0x000f_ffff)));
        let length = self.cursor.u16()?;
        self.add(start + 4, Node::new(PacketField::Ipv6Length, 1, length.to_string()));
        let mut next = self.cursor.u8()?;
        self.add(start + 6, Node::new(PacketField::Ipv6Next, 1, ip_protocol(next)));
        let hops = self.cursor.u8()?;
        self.add(start + 7, Node::new(PacketField::Ipv6Hops, 1, hops.to_string()));
        let source = Ipv6Addr::from(self.cursor.array::<16>()?);
        self.add(start + 8, Node::new(PacketField::Ipv6Source, 1, source.to_string()));
        let destination = Ipv6Addr::from(self.cursor.array::<16>()?);
        self.add(start + 24, Node::new(PacketField::Ipv6Destination, 1, destination.to_string()));
        self.layer(index, start, Node::new(PacketField::Ipv6, 0, format!("{source} → {destination}")));
        // Extension headers in their common form: next header, then length in units of 8 bytes after the first 8.
        while matches!(next, 0 | 43 | 60 | 44) {
            let start = self.here();
            let kind = next;
            next = self.cursor.u8()?;
            let units = self.cursor.u8()?;
            let rest = if kind == 44 { 6 } else { usize::from(units) * 8 + 6 };
            self.cursor.take(rest)?;
            self.add(start, Node::new(PacketField::Ipv6Extension, 0, ip_protocol(kind)));
        }
        if next == 6 { self.tcp() } else { Ok(()) }
    }

    fn tcp(&mut self) -> Result<(), Incomplete> {
        let (start, index) = (self.here(), self.fields.len());
        let source = self.cursor.u16()?;
        self.add(start, Node::new(PacketField::TcpSourcePort, 1, source.to_string()));
        let destination = self.cursor.u16()?;
        self.add(start + 2, Node::new(PacketField::TcpDestinationPort, 1, destination.to_string()));
        let sequence = self.cursor.u32()?;
        self.add(
            start + 4,
            Node::new(PacketField::TcpSequence, 1, sequence.to_string())
                .means("number of the first payload byte in this direction", "RFC 9293 3.1"),
        );
        let acknowledgement = self.cursor.u32()?;
        self.add(
            start + 8,
            Node::new(PacketField::TcpAcknowledgement, 1, acknowledgement.to_string())
                .means("the next byte wanted from the other side", "RFC 9293 3.1"),
        );
        let length_flags = self.cursor.u16()?;
        let header = usize::from(length_flags >> 12) * 4;
        let flags = tcp_flags(length_flags);
        self.add(start + 12, Node::new(PacketField::TcpFlags, 1, format!("{header} bytes, {flags}")));
        let window = self.cursor.u16()?;
        self.add(start + 14, Node::new(PacketField::TcpWindow, 1, window.to_string()));
        let sum = self.cursor.u16()?;
        self.add(start + 16, Node::new(PacketField::TcpChecksum, 1, format!("0x{sum:04x}")));
        let urgent = self.cursor.u16()?;
        self.add(start + 18, Node::new(PacketField::TcpUrgent, 1, urgent.to_string()));
        if header > 20 {
            let options = self.here();
            self.cursor.take(header - 20)?;
            let what = format!("{} bytes", header - 20);
            self.add(options, Node::new(PacketField::TcpOptions, 1, what));
        }
        let what = format!("{source} → {destination}  {flags}  {} B", self.cursor.rest().len());
        self.layer(index, start, Node::new(PacketField::Tcp, 0, what));
        Ok(())
    }
}

fn mac(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

fn ether_type(kind: u16) -> String {
    match kind {
        0x0800 => "IPv4".to_owned(),
        0x86dd => "IPv6".to_owned(),
        0x8100 | 0x9100 => "VLAN".to_owned(),
        0x88a8 => "service VLAN".to_owned(),
        0x8864 => "PPPoE".to_owned(),
        0x8847 | 0x8848 => "MPLS".to_owned(),
        other => format!("0x{other:04x}"),
    }
}

fn ip_protocol(protocol: u8) -> String {
    match protocol {
        0 => "hop-by-hop options".to_owned(),
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        43 => "routing".to_owned(),
        44 => "fragment".to_owned(),
        60 => "destination options".to_owned(),
        other => other.to_string(),
    }
}

fn tcp_flags(bits: u16) -> String {
    const NAMES: [(u16, &str); 8] = [
        (0x02, "SYN"),
        (0x01, "FIN"),
        (0x04, "RST"),
        (0x08, "PSH"),
        (0x10, "ACK"),
        (0x20, "URG"),
        (0x40, "ECE"),
        (0x80, "CWR"),
    ];
    let set: Vec<&str> = NAMES.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { "no flags".to_owned() } else { set.join(" ") }
}
