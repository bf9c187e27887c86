//! Names of the numbers by which one header says what comes next.

use std::fmt;

/// An Ethernet type, displayed with its name where it has one here.
#[derive(Debug, Clone, Copy)]
pub(super) struct EtherType(pub(super) u16);

impl fmt::Display for EtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x0800 => "IPv4",
            0x86dd => "IPv6",
            0x8100 | 0x9100 => "VLAN",
            0x88a8 => "service VLAN",
            0x8864 => "PPPoE",
            0x8847 | 0x8848 => "MPLS",
            other => return write!(f, "0x{other:04x}"),
        })
    }
}

/// An IP protocol number, displayed with its name where it has one here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Protocol(pub(super) u8);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            super::protocol::HOP_BY_HOP => "hop-by-hop options",
            super::protocol::TCP => "TCP",
            super::protocol::UDP => "UDP",
            super::protocol::ROUTING => "routing",
            super::protocol::FRAGMENT => "fragment",
            super::protocol::DESTINATION => "destination options",
            other => return write!(f, "{other}"),
        })
    }
}

/// The flags of a TCP header by name, from its thirteenth and fourteenth bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags(pub(super) u64);

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(u64, &str); 8] = [
            (0x02, "SYN"),
            (0x01, "FIN"),
            (0x04, "RST"),
            (0x08, "PSH"),
            (0x10, "ACK"),
            (0x20, "URG"),
            (0x40, "ECE"),
            (0x80, "CWR"),
        ];
        if self.0 & 0xff == 0 {
            return f.write_str("no flags");
        }
        let mut set = NAMES.iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, name)| *name);
        set.next().map_or(Ok(()), |first| f.write_str(first))?;
        set.try_for_each(|name| write!(f, " {name}"))
    }
}
