//! What a packet is that gave no TCP segment, and the names `sockeye stats` prints.

use std::borrow::Cow;

/// The part of a packet that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Link header, VLAN tag, MPLS label, PPP or LLC header.
    Link,
    /// IP header or IPv6 extension header.
    Ip,
    /// IP fragment: it ends beyond 65,535 bytes.
    Fragment,
    /// Tunnel header: GRE, ERSPAN, EtherIP.
    Tunnel,
    /// TCP header.
    Tcp,
}

/// A packet without a TCP segment, or with one that cannot be read. The order is the one of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An IP fragment that did not complete its datagram.
    Fragment,
    /// UDP that is no tunnel known here.
    Udp,
    /// UDP with a long header of QUIC, with which a connection begins; what follows cannot be told from other UDP.
    Quic,
    /// ICMP for IPv4.
    Icmp,
    /// ICMP for IPv6.
    Icmp6,
    /// IGMP.
    Igmp,
    /// SCTP.
    Sctp,
    /// Any other protocol number on IP.
    Protocol(u8),
    /// ARP.
    Arp,
    /// An IEEE 802.3 frame with an LLC header and no IP behind it: spanning tree, IS-IS, IPX.
    Llc,
    /// Any other Ethernet type.
    EtherType(u16),
    /// Any other PPP protocol.
    Ppp(u16),
    /// MPLS around something that does not look like IP or Ethernet.
    Mpls,
    /// A loopback capture's address family other than IPv4 and IPv6.
    Family,
    /// A link type that is not read.
    LinkType(u16),
    /// An IEEE 802.11 frame of management or control, or a fragment.
    Wireless,
    /// An IEEE 802.11 frame whose data is encrypted.
    Encrypted,
    /// More headers inside one another than [`crate::base::limits::ENCAPSULATIONS`].
    Nested,
    /// The snap length ends the packet inside this header.
    Cut(Part),
    /// This header contradicts itself or does not fit into its packet.
    Malformed(Part),
}

impl Kind {
    /// The name, as `sockeye stats` prints it.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Kind::Fragment => "IP fragment",
            Kind::Udp => "UDP",
            Kind::Quic => "QUIC",
            Kind::Icmp => "ICMP",
            Kind::Icmp6 => "ICMPv6",
            Kind::Igmp => "IGMP",
            Kind::Sctp => "SCTP",
            Kind::Protocol(number) => return Cow::Owned(format!("IP protocol {number}")),
            Kind::Arp => "ARP",
            Kind::Llc => "LLC",
            Kind::EtherType(number) => return Cow::Owned(format!("ethertype 0x{number:04x}")),
            Kind::Ppp(number) => return Cow::Owned(format!("PPP protocol 0x{number:04x}")),
            Kind::Mpls => "MPLS",
            Kind::Family => "other address family",
            Kind::LinkType(number) => return Cow::Owned(format!("link type {number}")),
            Kind::Wireless => "802.11 without whole data",
            Kind::Encrypted => "encrypted 802.11",
            Kind::Nested => "too many headers",
            Kind::Cut(Part::Link) => "cut in the link header",
            Kind::Cut(Part::Ip) => "cut in the IP header",
            Kind::Cut(Part::Fragment) => "cut IP fragment",
            Kind::Cut(Part::Tunnel) => "cut in the tunnel header",
            Kind::Cut(Part::Tcp) => "cut in the TCP header",
            Kind::Malformed(Part::Link) => "malformed link header",
            Kind::Malformed(Part::Ip) => "malformed IP header",
            Kind::Malformed(Part::Fragment) => "malformed IP fragment",
            Kind::Malformed(Part::Tunnel) => "malformed tunnel header",
            Kind::Malformed(Part::Tcp) => "malformed TCP header",
        })
    }
}
