//! Fields of packets: what stands below WebSocket. Names are those of Wireshark where it has the same.

fields! {
    /// A field of a packet.
    PacketField, FieldId::Packet:
    Whole = group "a packet of the capture", "packet".label("Packet");
    Comment = text "what somebody wrote to it in the capture", "packet.comment" as "text".label("comment").part();
    Ethernet = group "Ethernet header", "eth".label("Ethernet");
    EthernetDestination = text "Ethernet address of the receiver", "eth.dst".label("destination").part();
    EthernetSource = text "Ethernet address of the sender", "eth.src".label("source").part();
    EthernetType = number "what the Ethernet frame carries", "eth.type".label("type").part();
    Loopback = group "loopback header of BSD", "null".label("BSD loopback");
    Cooked = group "cooked header of Linux", "sll".label("Linux cooked");
    Cooked2 = group "cooked header of Linux, version 2", "sll2".label("Linux cooked v2");
    Vlan = group "VLAN tag", "vlan".label("VLAN");
    Pppoe = group "PPPoE session header", "pppoe".label("PPPoE session");
    Mpls = group "MPLS label stack entry", "mpls".label("MPLS");
    Ipv4 = group "IPv4 header", "ip".label("IPv4");
    Ipv4HeaderLength = length "bytes of the IPv4 header", "ip.hdr_len".label("header length").part();
    Ipv4Service = number "differentiated services and congestion", "ip.dsfield".label("DSCP, ECN").part();
    Ipv4Length = length "bytes of the datagram", "ip.len".label("total length").part();
    Ipv4Identification = number "identification of the datagram", "ip.id".label("identification").part();
    Ipv4Flags = number "fragmentation flags and offset", "ip.flags".label("flags").part();
    Ipv4TimeToLive = number "hops that are left", "ip.ttl".label("time to live").part();
    Ipv4Protocol = number "what the datagram carries", "ip.proto".label("protocol").part();
    Ipv4Checksum = number "checksum of the IPv4 header", "ip.checksum".label("checksum").part();
    Ipv4Source = text "IPv4 address of the sender", "ip.src".label("source").part();
    Ipv4Destination = text "IPv4 address of the receiver", "ip.dst".label("destination").part();
    Ipv6 = group "IPv6 header", "ipv6".label("IPv6");
    Ipv6Flow = number "flow label", "ipv6.flow".label("flow label").part();
    Ipv6Length = length "bytes after the IPv6 header", "ipv6.plen".label("payload length").part();
    Ipv6Next = number "what follows the IPv6 header", "ipv6.nxt".label("next header").part();
    Ipv6Hops = number "hops that are left", "ipv6.hlim".label("hop limit").part();
    Ipv6Source = text "IPv6 address of the sender", "ipv6.src".label("source").part();
    Ipv6Destination = text "IPv6 address of the receiver", "ipv6.dst".label("destination").part();
    Ipv6Extension = group "IPv6 extension header", "ipv6.ext".label("IPv6 extension");
    Tcp = group "TCP header", "tcp".label("TCP");
    TcpSourcePort = number "port of the sender", "tcp.srcport".label("source port").part();
    TcpDestinationPort = number "port of the receiver", "tcp.dstport".label("destination port").part();
    TcpSequence = number "sequence number", "tcp.seq".label("sequence").part();
    TcpAcknowledgement = number "acknowledgement number", "tcp.ack".label("acknowledgement").part();
    TcpFlags = number "header length and flags", "tcp.flags".label("header, flags").part();
    TcpWindow = number "receive window, not scaled", "tcp.window".label("window").part();
    TcpChecksum = number "checksum of the segment", "tcp.checksum".label("checksum").part();
    TcpUrgent = number "urgent pointer", "tcp.urgent".label("urgent pointer").part();
    TcpOptions = bytes "options of the TCP header", "tcp.options".label("options").part();
}
