//! The fields of headers below WebSocket: one table, each with its name, what it holds, and a sentence.
//!
//! Names are those of Wireshark's display filters, with few exceptions that are older here. A clause is given where the
//! sentence is shown beside the value: there the name alone does not say it.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A header, or a group of fields.
    Group,
    /// A number.
    Number,
    /// An IEEE 802 MAC address.
    Mac,
    /// An IP address.
    Address,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// One field of a header.
#[derive(Debug, PartialEq, Eq)]
pub struct HeaderField {
    /// Its name: `ip.ttl`.
    pub name: &'static str,
    /// 0 for a header, 1 for its fields, 2 for fields of a group in it, and so on.
    pub depth: u8,
    /// What it holds.
    pub holds: Holds,
    /// Its name for people.
    pub label: &'static str,
    /// One line: what it is.
    pub about: &'static str,
    /// The clause that says so, or nothing.
    pub clause: &'static str,
}

macro_rules! fields {
    ($($id:ident: $depth:literal $holds:ident $name:literal, $label:literal, $about:literal $(, $clause:literal)?;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $about, ".")]
            pub static $id: HeaderField = HeaderField {
                name: $name,
                depth: $depth,
                holds: Holds::$holds,
                label: $label,
                about: $about,
                clause: concat!($($clause)?),
            };
        )*

        /// All of them, in the order of the table.
        pub static ALL: &[&HeaderField] = &[$(&$id),*];
    };
}

fields! {
    ETH: 0 Group "eth", "Ethernet", "Ethernet frame";
    ETH_DST: 1 Mac "eth.dst", "destination", "MAC address of the receiver";
    ETH_SRC: 1 Mac "eth.src", "source", "MAC address of the sender";
    ETH_TYPE: 1 Number "eth.type", "type", "what the frame carries, or its length where that is below 1536";

    VLAN: 0 Group "vlan", "VLAN", "tag of IEEE 802.1Q or 802.1ad";
    VLAN_PRIORITY: 1 Number "vlan.priority", "priority", "priority code point";
    VLAN_DEI: 1 Number "vlan.dei", "drop eligible", "may be dropped first";
    VLAN_ID: 1 Number "vlan.id", "id", "number of the VLAN";
    VLAN_ETYPE: 1 Number "vlan.etype", "type", "what stands behind the tag";

    VNTAG: 0 Group "vntag", "VN-Tag", "tag of a virtual port, before IEEE 802.1BR";
    VNTAG_DST: 1 Number "vntag.dst", "destination", "virtual interface of the receiver";
    VNTAG_SRC: 1 Number "vntag.src", "source", "virtual interface of the sender";
    VNTAG_ETYPE: 1 Number "vntag.etype", "type", "what stands behind the tag";
    ETAG: 0 Group "etag", "E-Tag", "tag of an extended port, IEEE 802.1BR";
    ETAG_PCP: 1 Number "etag.pcp", "priority", "priority code point";
    ETAG_ECID: 1 Number "etag.ecid_base", "channel", "number of the extended channel";
    ETAG_ETYPE: 1 Number "etag.etype", "type", "what stands behind the tag";
    CFP: 0 Group "cfp", "FabricPath", "tag of a FabricPath fabric";
    CFP_FTAG: 1 Number "cfp.ftag", "tree", "forwarding tag";
    CFP_TTL: 1 Number "cfp.ttl", "hops to live", "hops before the frame is dropped";
    ITAG: 0 Group "ieee8021ah", "service instance", "tag of a provider backbone, IEEE 802.1ah";
    ITAG_PRIORITY: 1 Number "ieee8021ah.priority", "priority", "priority code point";
    ITAG_ISID: 1 Number "ieee8021ah.isid", "id", "number of the service instance";

    LLC: 0 Group "llc", "LLC", "logical link control, IEEE 802.2";
    LLC_DSAP: 1 Number "llc.dsap", "destination", "service access point of the receiver";
    LLC_SSAP: 1 Number "llc.ssap", "source", "service access point of the sender";
    LLC_CONTROL: 1 Number "llc.control", "control", "kind of frame; 3 is unnumbered information";
    LLC_OUI: 1 Number "llc.oui", "organisation", "who defines the type";
    LLC_TYPE: 1 Number "llc.type", "type", "what stands behind the header";
    FDDI: 0 Group "fddi", "FDDI", "fiber distributed data interface";
    FDDI_FC: 1 Number "fddi.fc", "frame control", "kind of frame";
    FDDI_DST: 1 Mac "fddi.dst", "destination", "MAC address of the receiver";
    FDDI_SRC: 1 Mac "fddi.src", "source", "MAC address of the sender";

    SLL: 0 Group "sll", "Linux cooked", "what Linux writes in place of the link header";
    SLL2: 0 Group "sll2", "Linux cooked v2", "what Linux writes in place of the link header, second version";
    SLL_PKTTYPE: 1 Number "sll.pkttype", "direction", "0 to this machine, 4 from it, between them to others";
    SLL_HATYPE: 1 Number "sll.hatype", "hardware", "kind of device, as ARP numbers them";
    SLL_HALEN: 1 Number "sll.halen", "address length", "bytes of the sender's address";
    SLL_ADDRESS: 1 Bytes "sll.src.other", "source", "link address of the sender";
    SLL_ETYPE: 1 Number "sll.etype", "type", "what stands behind the header";
    SLL_IFINDEX: 1 Number "sll.ifindex", "interface", "number of the interface";
    NULL: 0 Group "null", "BSD loopback", "address family in place of a link header";
    NULL_FAMILY: 1 Number "null.family", "family", "address family, in the byte order of the capturing machine";

    CHDLC: 0 Group "chdlc", "Cisco HDLC", "framing of serial lines";
    CHDLC_ADDRESS: 1 Number "chdlc.address", "address", "15 to one, 143 to all";
    CHDLC_CONTROL: 1 Number "chdlc.control", "control", "always zero";
    CHDLC_PROTOCOL: 1 Number "chdlc.protocol", "type", "what stands behind the header";
    PPPOE: 0 Group "pppoe", "PPPoE session", "PPP over Ethernet";
    PPPOE_VERSION: 1 Number "pppoe.version", "version", "always 1", "RFC 2516 4";
    PPPOE_TYPE: 1 Number "pppoe.type", "kind", "always 1", "RFC 2516 4";
    PPPOE_CODE: 1 Number "pppoe.code", "code", "0 in a session", "RFC 2516 6";
    PPPOE_SESSION: 1 Number "pppoe.session_id", "session", "number that discovery gave the session", "RFC 2516 4";
    PPPOE_LENGTH: 1 Number "pppoe.payload_length", "length", "bytes of PPP that follow", "RFC 2516 4";
    PPP: 0 Group "ppp", "PPP", "Point-to-Point Protocol";
    PPP_DIRECTION: 1 Number "ppp.direction", "direction", "0 received, else sent by the capturing machine";
    PPP_ADDRESS: 1 Number "ppp.address", "address", "always all stations", "RFC 1662 3.1";
    PPP_CONTROL: 1 Number "ppp.control", "control", "always unnumbered information", "RFC 1662 3.1";
    PPP_PROTOCOL: 1 Number "ppp.protocol", "protocol", "what the frame carries", "RFC 1661 2";

    MPLS: 0 Group "mpls", "MPLS", "one entry of a label stack";
    MPLS_LABEL: 1 Number "mpls.label", "label", "where the packet goes", "RFC 3032 2.1";
    MPLS_EXP: 1 Number "mpls.exp", "traffic class", "priority", "RFC 5462 1";
    MPLS_BOTTOM: 1 Number "mpls.bottom", "bottom of stack", "no label follows", "RFC 3032 2.1";
    MPLS_TTL: 1 Number "mpls.ttl", "time to live", "hops before the packet is dropped", "RFC 3032 2.1";
    PWETHCW: 0 Group "pwethcw", "pseudowire control word", "before an Ethernet frame in MPLS";
    PW_SEQUENCE: 1 Number "pwmcw.sequence_number", "sequence", "number of the frame, or 0", "RFC 4448 4.6";

    PKTAP: 0 Group "pktap", "PKTAP", "what macOS puts before a packet";
    PKTAP_HDRLEN: 1 Number "pktap.hdrlen", "header length", "bytes of this header";
    PKTAP_RECTYPE: 1 Number "pktap.rectype", "record", "1 is a packet";
    PKTAP_DLT: 1 Number "pktap.dlt", "link type", "link type of what follows";
    PKTAP_IFNAME: 1 Text "pktap.ifname", "interface", "name of the interface";
    PFLOG: 0 Group "pflog", "packet filter log", "what the packet filter of BSD puts before a packet";
    PFLOG_LENGTH: 1 Number "pflog.length", "header length", "bytes of this header without padding";
    PFLOG_AF: 1 Number "pflog.af", "family", "address family";
    PFLOG_ACTION: 1 Number "pflog.action", "action", "0 passed, 1 dropped";
    PFLOG_REASON: 1 Number "pflog.reason", "reason", "why; 0 is a rule that matched";
    PFLOG_IFNAME: 1 Text "pflog.ifname", "interface", "name of the interface";
    NFLOG: 0 Group "nflog", "netfilter log", "what Linux netfilter puts before a packet";
    NFLOG_FAMILY: 1 Number "nflog.family", "family", "address family";
    NFLOG_VERSION: 1 Number "nflog.version", "version", "always 0";
    NFLOG_RES_ID: 1 Number "nflog.res_id", "group", "number of the log group";
    NFLOG_TLV: 1 Number "nflog.tlv", "attribute", "kind of the attribute; 9 is the packet";
    PPI: 0 Group "ppi", "per-packet information", "what a capturing card says of a packet";
    PPI_VERSION: 1 Number "ppi.version", "version", "always 0";
    PPI_FLAGS: 1 Number "ppi.flags", "flags", "1: fields are aligned";
    PPI_LENGTH: 1 Number "ppi.length", "header length", "bytes of this header";
    PPI_DLT: 1 Number "ppi.dlt", "link type", "link type of what follows";
    RADIOTAP: 0 Group "radiotap", "radiotap", "what a radio says of a frame";
    RADIOTAP_VERSION: 1 Number "radiotap.version", "version", "always 0";
    RADIOTAP_LENGTH: 1 Number "radiotap.length", "header length", "bytes of this header";
    RADIOTAP_PRESENT: 1 Number "radiotap.present", "present", "bit map of the fields that follow";
    RADIOTAP_FLAGS: 1 Number "radiotap.flags", "flags", "0x20: bytes were put behind the 802.11 header";

    WLAN: 0 Group "wlan", "IEEE 802.11", "wireless frame";
    WLAN_FC: 1 Number "wlan.fc", "frame control", "version, type, subtype and flags";
    WLAN_DURATION: 1 Number "wlan.duration", "duration", "microseconds for which the medium is taken";
    WLAN_RA: 1 Mac "wlan.ra", "receiver", "station that is to take the frame";
    WLAN_TA: 1 Mac "wlan.ta", "transmitter", "station that sent the frame";
    WLAN_ADDRESS3: 1 Mac "wlan.addr3", "third address", "source, destination or access point, by the direction";
    WLAN_FRAG: 1 Number "wlan.frag", "fragment", "number of the fragment";
    WLAN_SEQ: 1 Number "wlan.seq", "sequence", "number of the frame";
    WLAN_ADDRESS4: 1 Mac "wlan.sa", "source", "who sent what the frame carries";
    WLAN_QOS: 1 Number "wlan.qos", "quality of service", "traffic class and acknowledgement";

    IP: 0 Group "ip", "IPv4", "Internet Protocol, version 4";
    IP_HDR_LEN: 1 Number "ip.hdr_len", "header length", "bytes of the header with its options";
    IP_DSFIELD: 1 Number "ip.dsfield", "DSCP, ECN", "service and congestion";
    IP_LEN: 1 Number "ip.len", "total length", "bytes of header and payload";
    IP_ID: 1 Number "ip.id", "identification", "what fragments of one datagram have in common";
    IP_FLAGS: 1 Number "ip.flags", "flags", "fragmentation, and where the fragment belongs";
    IP_TTL: 1 Number "ip.ttl", "time to live", "hops before the packet is dropped";
    IP_PROTO: 1 Number "ip.proto", "protocol", "what stands behind the header";
    IP_CHECKSUM: 1 Number "ip.checksum", "checksum", "over the header";
    IP_SRC: 1 Address "ip.src", "source", "address of the sender";
    IP_DST: 1 Address "ip.dst", "destination", "address of the receiver";
    IP_OPTIONS: 1 Group "ip.options", "options", "options behind the fixed header";
    IP_OPTION: 2 Number "ip.opt.type", "option", "kind of the option";

    IPV6: 0 Group "ipv6", "IPv6", "Internet Protocol, version 6";
    IPV6_FLOW: 1 Number "ipv6.flow", "flow label", "packets that belong together";
    IPV6_PLEN: 1 Number "ipv6.plen", "payload length", "bytes behind the fixed header";
    IPV6_NXT: 1 Number "ipv6.nxt", "next header", "what stands behind the header";
    IPV6_HLIM: 1 Number "ipv6.hlim", "hop limit", "hops before the packet is dropped";
    IPV6_SRC: 1 Address "ipv6.src", "source", "address of the sender";
    IPV6_DST: 1 Address "ipv6.dst", "destination", "address of the receiver";
    IPV6_EXT: 0 Group "ipv6.ext", "IPv6 extension", "extension header";
    IPV6_EXT_NXT: 1 Number "ipv6.ext.nxt", "next header", "what stands behind it", "RFC 8200 4";
    IPV6_EXT_LEN: 1 Number "ipv6.ext.len", "length", "units of 8 bytes after the first 8", "RFC 8200 4";
    IPV6_FRAG_OFFSET: 1 Number "ipv6.fraghdr.offset", "offset", "where the fragment belongs, bytes", "RFC 8200 4.5";
    IPV6_FRAG_MORE: 1 Number "ipv6.fraghdr.more", "more fragments", "others follow", "RFC 8200 4.5";
    IPV6_FRAG_IDENT: 1 Number "ipv6.fraghdr.ident", "identification", "what fragments of one datagram have in common", "RFC 8200 4.5";
    AH: 0 Group "ah", "authentication header", "proof of who sent the packet";
    AH_NEXT: 1 Number "ah.next_header", "next header", "what stands behind it", "RFC 4302 2.1";
    AH_LENGTH: 1 Number "ah.length", "length", "units of 4 bytes, less two", "RFC 4302 2.2";
    AH_SPI: 1 Number "ah.spi", "security parameters", "which agreement the proof is made by", "RFC 4302 2.4";
    AH_SEQUENCE: 1 Number "ah.sequence", "sequence", "number of the packet, against replay", "RFC 4302 2.5";
    AH_ICV: 1 Bytes "ah.icv", "integrity check", "the proof", "RFC 4302 2.6";

    GRE: 0 Group "gre", "GRE", "Generic Routing Encapsulation";
    GRE_FLAGS: 1 Number "gre.flags_and_version", "flags, version", "which optional words follow", "RFC 2890 2";
    GRE_PROTO: 1 Number "gre.proto", "type", "what the tunnel carries", "RFC 2784 2.4";
    GRE_CHECKSUM: 1 Number "gre.checksum", "checksum", "over header and payload", "RFC 2784 2.5";
    GRE_KEY: 1 Number "gre.key", "key", "which flow of the tunnel", "RFC 2890 2.1";
    GRE_SEQUENCE: 1 Number "gre.sequence_number", "sequence", "number of the packet", "RFC 2890 2.2";
    GRE_ACK: 1 Number "gre.ack_number", "acknowledgement", "last packet received", "RFC 2637 4.1";
    ERSPAN: 0 Group "erspan", "ERSPAN", "mirrored frame of a switch";
    ERSPAN_VERSION: 1 Number "erspan.version", "version", "1 is type II, 2 is type III";
    ERSPAN_VLAN: 1 Number "erspan.vlan", "VLAN", "VLAN of the mirrored frame";
    ERSPAN_SPANID: 1 Number "erspan.spanid", "session", "number of the mirror session";
    WCCP: 0 Group "wccp", "WCCP redirect", "header of a redirected packet, version 2";
    ETHERIP: 0 Group "etherip", "EtherIP", "Ethernet in IP";
    ETHERIP_VERSION: 1 Number "etherip.ver", "version", "always 3", "RFC 3378 3";

    UDP: 0 Group "udp", "UDP", "User Datagram Protocol";
    UDP_SRCPORT: 1 Number "udp.srcport", "source port", "port of the sender", "RFC 768";
    UDP_DSTPORT: 1 Number "udp.dstport", "destination port", "port of the receiver", "RFC 768";
    UDP_LENGTH: 1 Number "udp.length", "length", "bytes of header and payload", "RFC 768";
    UDP_CHECKSUM: 1 Number "udp.checksum", "checksum", "0 where the sender made none", "RFC 768";
    VXLAN: 0 Group "vxlan", "VXLAN", "Ethernet in UDP";
    VXLAN_FLAGS: 1 Number "vxlan.flags", "flags", "8: the network identifier counts", "RFC 7348 5";
    VXLAN_VNI: 1 Number "vxlan.vni", "network", "VXLAN network identifier", "RFC 7348 5";
    VXLAN_GPE: 0 Group "vxlan_gpe", "VXLAN-GPE", "VXLAN that names what it carries";
    VXLAN_NEXT: 1 Number "vxlan.next_proto", "next protocol", "1 IPv4, 2 IPv6, 3 Ethernet";
    GENEVE: 0 Group "geneve", "GENEVE", "Generic Network Virtualization Encapsulation";
    GENEVE_VERSION: 1 Number "geneve.version", "version", "always 0", "RFC 8926 3.4";
    GENEVE_FLAGS: 1 Number "geneve.flags", "flags", "control packet, critical options", "RFC 8926 3.4";
    GENEVE_PROTO: 1 Number "geneve.proto_type", "type", "what the tunnel carries", "RFC 8926 3.4";
    GENEVE_VNI: 1 Number "geneve.vni", "network", "virtual network identifier", "RFC 8926 3.4";
    GENEVE_OPTIONS: 1 Bytes "geneve.options", "options", "options behind the fixed header", "RFC 8926 3.5";
    GTP: 0 Group "gtp", "GTP-U", "user packet of a mobile network";
    GTP_FLAGS: 1 Number "gtp.flags", "flags", "version, and which optional fields follow", "3GPP TS 29.281 5.1";
    GTP_MESSAGE: 1 Number "gtp.message", "message", "255 is a user packet", "3GPP TS 29.281 6.1";
    GTP_LENGTH: 1 Number "gtp.length", "length", "bytes behind the first eight", "3GPP TS 29.281 5.1";
    GTP_TEID: 1 Number "gtp.teid", "tunnel", "tunnel endpoint identifier", "3GPP TS 29.281 5.1";
    GTP_SEQUENCE: 1 Number "gtp.seq_number", "sequence", "number of the packet", "3GPP TS 29.281 5.1";
    GTP_EXTENSIONS: 1 Bytes "gtp.ext_hdr", "extensions", "extension headers", "3GPP TS 29.281 5.2";

    TCP: 0 Group "tcp", "TCP", "Transmission Control Protocol";
    TCP_SRCPORT: 1 Number "tcp.srcport", "source port", "port of the sender";
    TCP_DSTPORT: 1 Number "tcp.dstport", "destination port", "port of the receiver";
    TCP_SEQ: 1 Number "tcp.seq", "sequence", "number of the first payload byte in this direction", "RFC 9293 3.1";
    TCP_ACK: 1 Number "tcp.ack", "acknowledgement", "the next byte wanted from the other side", "RFC 9293 3.1";
    TCP_FLAGS: 1 Number "tcp.flags", "header, flags", "length of the header, and what the segment does";
    TCP_WINDOW: 1 Number "tcp.window", "window", "bytes the sender can take, before scaling";
    TCP_CHECKSUM: 1 Number "tcp.checksum", "checksum", "over header, payload and addresses";
    TCP_URGENT: 1 Number "tcp.urgent", "urgent pointer", "end of urgent bytes, where URG is set";
    TCP_OPTIONS: 1 Group "tcp.options", "options", "options behind the fixed header";
    TCP_EOL: 2 Group "tcp.options.eol", "end of options", "what follows is padding", "RFC 9293 3.2";
    TCP_NOP: 2 Group "tcp.options.nop", "no operation", "fills up to a multiple of four", "RFC 9293 3.2";
    TCP_MSS: 2 Group "tcp.options.mss", "maximum segment size", "what the sender can take in one segment", "RFC 9293 3.7.1";
    TCP_MSS_VAL: 3 Number "tcp.options.mss_val", "bytes", "payload bytes in one segment", "RFC 9293 3.7.1";
    TCP_WSCALE: 2 Group "tcp.options.wscale", "window scale", "windows of this side are larger than they say", "RFC 7323 2.2";
    TCP_WSCALE_SHIFT: 3 Number "tcp.options.wscale.shift", "shift", "bits by which windows are shifted", "RFC 7323 2.2";
    TCP_SACK_PERM: 2 Group "tcp.options.sack_perm", "SACK permitted", "selective acknowledgements are understood", "RFC 2018 2";
    TCP_SACK: 2 Group "tcp.options.sack", "SACK", "runs received beyond the acknowledgement", "RFC 2018 3";
    TCP_SACK_LE: 3 Number "tcp.options.sack_le", "left edge", "first byte of the run", "RFC 2018 3";
    TCP_SACK_RE: 3 Number "tcp.options.sack_re", "right edge", "byte after the run", "RFC 2018 3";
    TCP_TIMESTAMP: 2 Group "tcp.options.timestamp", "timestamps", "clocks of both sides", "RFC 7323 3.2";
    TCP_TSVAL: 3 Number "tcp.options.timestamp.tsval", "value", "the sender's clock", "RFC 7323 3.2";
    TCP_TSECR: 3 Number "tcp.options.timestamp.tsecr", "echo", "the other side's clock, as last received", "RFC 7323 3.2";
    TCP_USER_TIMEOUT: 2 Number "tcp.options.user_to", "user timeout", "how long unacknowledged bytes are kept", "RFC 5482 3";
    TCP_MD5: 2 Bytes "tcp.options.md5", "MD5 signature", "proof of who sent the segment", "RFC 2385 3.0";
    TCP_AO: 2 Bytes "tcp.options.ao", "authentication", "proof of who sent the segment", "RFC 5925 2.2";
    TCP_MPTCP: 2 Number "tcp.options.mptcp.subtype", "multipath", "kind of multipath option", "RFC 8684 3";
    TCP_TFO: 2 Group "tcp.options.tfo", "fast open", "payload with the first segment", "RFC 7413 4.1.1";
    TCP_TFO_COOKIE: 3 Bytes "tcp.options.tfo.cookie", "cookie", "what the server gave before", "RFC 7413 4.1.1";
    TCP_UNKNOWN: 2 Number "tcp.options.unknown", "option", "kind of an option that is not read here";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_name_of_its_own_and_a_sentence() {
        let mut names: Vec<_> = ALL.iter().map(|field| field.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for field in ALL {
            assert!(
                !field.label.is_empty() && !field.about.is_empty() && !field.about.ends_with('.'),
                "{}",
                field.name
            );
            assert_eq!(field.depth == 0, field.depth == 0 && field.holds == Holds::Group, "{}", field.name);
        }
    }
}
