//! The table itself: a line a name.

use super::words::Words;
use super::{Level, Name, Need, Source, Type};
use crate::fields::PacketField;

macro_rules! terms {
    ($($term:ident = $kind:ident $(($bits:literal))? $level:ident $need:ident $about:literal, $($name:literal)+ $(words $words:ident)? $(path $path:literal)?;)+) => {
        /// A value of this program's own making.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Term {
            $(#[doc = $about] $term,)+
        }

        const TERMS: &[Name] = &[
            $(Name {
                names: &[$($name),+],
                kind: Type::$kind$(($bits))?,
                level: Level::$level,
                need: Need::$need,
                source: Source::Term(Term::$term),
                words: terms!(@words $($words)?),
                path: terms!(@path $($path)?),
                about: $about,
            },)+
        ];
    };
    (@words) => { None };
    (@words $words:ident) => { Some(Words::$words) };
    (@path) => { false };
    (@path $path:literal) => { $path };
}

terms! {
    Websocket = Header Frame Payload "a frame; its bytes are its unmasked payload", "websocket" "ws";
    Fin = Flag Frame Header "FIN bit: the last fragment of its message", "websocket.fin" "ws.fin" words Truth;
    Rsv = Unsigned(8) Frame Header "the three reserved bits as a number, RSV1 is 4", "websocket.rsv" "ws.rsv";
    Pmc = Flag Frame Handshake "RSV1 bit, where permessage-deflate was agreed on", "websocket.pmc" words Truth;
    Rsv1 = Flag Frame Header "RSV1 bit: set on the first frame of a compressed message", "ws.rsv1" words Truth;
    Rsv2 = Flag Frame Header "RSV2 bit, which no extension uses", "ws.rsv2" words Truth;
    Rsv3 = Flag Frame Header "RSV3 bit, which no extension uses", "ws.rsv3" words Truth;
    Opcode = Unsigned(8) Frame Header "opcode, 0 to 15", "websocket.opcode" "ws.opcode" words Opcode;
    Mask = Flag Frame Header "MASK bit: the payload is masked", "websocket.mask" "ws.mask" words Truth;
    Length7 = Unsigned(8) Frame Header "the seven bits of the length; 126 and 127 say that it follows", "websocket.payload_length";
    Length16 = Unsigned(16) Frame Header "the length where it is written in 16 bits", "websocket.payload_length_ext_16";
    Length64 = Unsigned(64) Frame Header "the length where it is written in 64 bits", "websocket.payload_length_ext_64";
    MaskingKey = Bytes Frame Header "masking key", "websocket.masking_key" "ws.masking_key" "ws.key";
    Payload = Bytes Frame Payload "payload of a frame, unmasked and not inflated; not there where it is empty", "websocket.payload" "ws.payload";
    MaskedPayload = Bytes Frame Payload "payload of a masked frame, as it is on the wire", "websocket.masked_payload";
    Continue = Bytes Frame Payload "payload of a fragment", "websocket.payload.continue";
    Text = Text Message Inflated "what a text message says, inflated where it is compressed", "websocket.payload.text" "ws.text";
    ClosePresent = Presence Frame Header "a close frame that has a body", "websocket.payload.close";
    CloseCode = Unsigned(16) Frame Payload "status code of a close frame", "websocket.payload.close.status_code" "ws.close.code" words CloseCode;
    CloseReason = Text Frame Payload "reason of a close frame, broken UTF-8 replaced", "websocket.payload.close.reason" "ws.close.reason";
    Ping = Bytes Frame Payload "payload of a ping", "websocket.payload.ping" "ws.ping";
    Pong = Bytes Frame Payload "payload of a pong", "websocket.payload.pong" "ws.pong";
    Unknown = Bytes Frame Payload "payload of a frame with a reserved opcode", "websocket.payload.unknown";
    Fragments = Presence Message Header "a message of several frames, at the last of them", "websocket.fragments";
    Fragment = Unsigned(32) Message Header "the number of its packet, at a message of several frames", "websocket.fragment";
    FragmentCount = Unsigned(32) Message Header "frames of a message that has several", "websocket.fragment.count";
    ReassembledLength = Unsigned(32) Message Header "bytes of a message of several frames, before inflating", "websocket.reassembled.length";
    FragmentOverlap = Flag Message Header "never there: fragments of a message cannot overlap", "websocket.fragment.overlap" words Truth;
    FragmentConflict = Flag Message Header "never there: fragments of a message cannot overlap", "websocket.fragment.overlap.conflict" words Truth;
    FragmentTails = Flag Message Header "never there: a message ends once", "websocket.fragment.multipletails" words Truth;
    FragmentLong = Flag Message Header "never there: a fragment is as long as its header says", "websocket.fragment.toolongfragment" words Truth;
    FragmentError = Unsigned(32) Message Header "never there: fragments are put together or noted", "websocket.fragment.error";
    UnknownExpert = Presence Frame Header "a frame with a reserved opcode", "websocket.payload.unknown.expert";
    InflateExpert = Presence Message Header "a message that cannot be inflated", "websocket.decompression.failed.expert";
    UnmaskedExpert = Presence Frame Header "never there: all of a payload is unmasked", "websocket.payload.not.fully.unmasked";

    Number = Unsigned(64) Frame Header "number of the frame among all frames, from 1", "ws.number" "ws.n";
    Direction = Text Connection Header "client or server: who sent it", "ws.direction";
    Length = Unsigned(64) Frame Header "payload bytes, as the header says", "ws.length";
    HeaderLength = Unsigned(8) Frame Header "bytes of the frame header on the wire", "ws.header_length";
    Captured = Unsigned(64) Frame Header "payload bytes that are in the capture", "ws.captured";
    Missing = Unsigned(64) Frame Header "payload bytes that the capture lacks", "ws.missing";
    Offset = Unsigned(64) Frame Header "first header byte, counted in its direction from the end of the HTTP head", "ws.offset";
    Compressed = Flag Frame Header "it belongs to a message under permessage-deflate", "ws.compressed" words Truth;
    Control = Flag Frame Header "a control frame: close, ping, pong", "ws.control" words Truth;
    FirstPacket = Unsigned(64) Frame Header "number of the packet of its first byte", "ws.packet";
    FirstTime = Time Frame Header "time of its first byte", "ws.time";
    FirstRelative = Span Frame Header "the same, since the first packet", "ws.time_relative";
    Took = Span Frame Header "time from its first byte to its last", "ws.duration";
    RoundTrip = Span Frame Payload "time from a ping to the pong that answers it, at the pong", "ws.round_trip";
    NoteCodes = Text Frame Header "codes of its notes", "ws.note" "ws.notes";
    NoteSeverity = Unsigned(8) Frame Header "how much its notes matter, each", "ws.severity" words Severity;

    MessageNumber = Unsigned(64) Message Header "number of the message among all messages, from 1", "ws.message";
    MessageOpcode = Unsigned(8) Message Header "1 text, 2 binary", "ws.message.opcode" words Opcode;
    MessageLength = Unsigned(64) Message Header "bytes of a message, inflated", "ws.message.length";
    WireLength = Unsigned(64) Message Header "bytes of a message, before inflating", "ws.message.wire_length";
    MessageFrames = Unsigned(64) Message Header "frames of a message", "ws.message.frames";
    Complete = Flag Message Header "the message has ended and no byte is missing", "ws.message.complete" words Truth;
    Ratio = Float Message Header "inflated bytes for each compressed byte", "ws.message.ratio";
    Data = Bytes Message Inflated "what a message says as bytes, inflated where it is compressed", "ws.message.payload" "ws.data";
    MessageTook = Span Message Header "time from its first byte to its last", "ws.message.duration";
    Heartbeat = Text Message Inflated "there for a heartbeat: ping, pong, form (its form says so), period (it comes back and says nothing new)", "ws.heartbeat";
    Json = Any Message Inflated "a text message that is JSON; a path leads into it", "ws.json" path true;

    Stream = Unsigned(32) Connection Header "number of the TCP connection, from 0", "tcp.stream" "ws.connection";
    StreamId = Unsigned(64) Connection Header "number of its stream, where a connection carries several (HTTP/2)", "ws.stream" "http2.streamid";
    IpSrc = Ipv4 Connection Handshake "IPv4 address of the sender; of a connection, of the client", "ip.src";
    IpDst = Ipv4 Connection Handshake "IPv4 address of the receiver; of a connection, of the server", "ip.dst";
    IpAddr = Ipv4 Connection Handshake "IPv4 address of either side", "ip.addr";
    Ipv6Src = Ipv6 Connection Handshake "IPv6 address of the sender; of a connection, of the client", "ipv6.src";
    Ipv6Dst = Ipv6 Connection Handshake "IPv6 address of the receiver; of a connection, of the server", "ipv6.dst";
    Ipv6Addr = Ipv6 Connection Handshake "IPv6 address of either side", "ipv6.addr";
    SrcPort = Unsigned(16) Connection Handshake "port of the sender; of a connection, of the client", "tcp.srcport";
    DstPort = Unsigned(16) Connection Handshake "port of the receiver; of a connection, of the server", "tcp.dstport";
    Port = Unsigned(16) Connection Handshake "port of either side", "tcp.port";
    ClientPort = Unsigned(16) Connection Handshake "port of the client", "ws.client.port";
    ServerPort = Unsigned(16) Connection Handshake "port of the server", "ws.server.port";
    Client = Text Connection Handshake "address and port of the client", "ws.client";
    Server = Text Connection Handshake "address and port of the server", "ws.server";
    Evidence = Text Connection Handshake "handshake, refused, unanswered, mid-stream, decode-as, tls", "ws.evidence";
    Confidence = Float Connection Handshake "how sure mid-stream recognition is, 0 to 1", "ws.confidence";
    Uri = Text Connection Handshake "target of the upgrade request", "http.request.uri" "ws.uri";
    UriPath = Text Connection Handshake "the same, up to its query", "http.request.uri.path" "ws.path";
    UriQuery = Text Connection Handshake "its query", "http.request.uri.query" "ws.query";
    FullUri = Text Connection Handshake "the whole URI of the WebSocket", "http.request.full_uri";
    Request = Flag Connection Handshake "its upgrade request is in the capture", "http.request" words Truth;
    Response = Flag Connection Handshake "the answer to it is in the capture", "http.response" words Truth;
    Http = Presence Connection Handshake "its opening handshake is in the capture", "http";
    Method = Text Connection Handshake "method of the upgrade request", "http.request.method";
    RequestVersion = Text Connection Handshake "HTTP version of the upgrade request", "http.request.version";
    RequestLine = Text Connection Handshake "each field of the upgrade request, name and value", "http.request.line";
    ResponseVersion = Text Connection Handshake "HTTP version of the answer", "http.response.version";
    ResponseLine = Text Connection Handshake "each field of the answer, name and value", "http.response.line";
    Status = Unsigned(16) Connection Handshake "status of the answer", "http.response.code" "ws.status";
    Reason = Text Connection Handshake "reason phrase of the answer", "http.response.phrase";
    Host = Text Connection Handshake "Host of the upgrade request", "http.host" "ws.host";
    Origin = Text Connection Handshake "Origin of the upgrade request", "http.origin" "ws.origin";
    Upgrade = Text Connection Handshake "Upgrade of request and answer", "http.upgrade";
    ConnectionField = Text Connection Handshake "Connection of request and answer", "http.connection";
    UserAgent = Text Connection Handshake "User-Agent of the upgrade request", "http.user_agent" "ws.user_agent";
    Cookie = Text Connection Handshake "Cookie of the upgrade request", "http.cookie";
    Authorization = Text Connection Handshake "Authorization of the upgrade request", "http.authorization";
    Referer = Text Connection Handshake "Referer of the upgrade request", "http.referer";
    ForwardedFor = Text Connection Handshake "X-Forwarded-For of the upgrade request", "http.x_forwarded_for";
    ServerField = Text Connection Handshake "Server of the answer", "http.server";
    Location = Text Connection Handshake "Location of the answer", "http.location";
    ContentType = Text Connection Handshake "Content-Type of the answer", "http.content_type";
    WsAccept = Text Connection Handshake "Sec-WebSocket-Accept of the answer", "http.sec_websocket_accept";
    WsExtensions = Text Connection Handshake "Sec-WebSocket-Extensions of request and answer", "http.sec_websocket_extensions";
    WsKey = Text Connection Handshake "Sec-WebSocket-Key of the request", "http.sec_websocket_key";
    WsProtocol = Text Connection Handshake "Sec-WebSocket-Protocol of request and answer", "http.sec_websocket_protocol";
    WsVersion = Text Connection Handshake "Sec-WebSocket-Version of the request", "http.sec_websocket_version" "ws.version";
    Subprotocol = Text Connection Handshake "subprotocol the server chose", "ws.subprotocol";
    Extensions = Text Connection Handshake "extensions the server chose", "ws.extension" "ws.extensions";
    ProcessName = Text Connection Handshake "process that has it, while it is captured on its machine", "process.name" "ws.process.name";
    ProcessPid = Unsigned(32) Connection Handshake "number of that process", "process.pid" "ws.process.pid";
    Tls = Presence Connection Handshake "it is inside TLS", "tls";
    TlsVersion = Unsigned(16) Connection Handshake "version that is spoken, 0x0303 is TLS 1.2", "ws.tls.version";
    TlsServerName = Text Connection Handshake "server's name that the client asked for", "tls.handshake.extensions_server_name" "ws.tls.server_name";
    TlsAlpn = Text Connection Handshake "protocol inside that was agreed on", "tls.handshake.extensions_alpn_str" "ws.tls.alpn";
    TlsSuite = Unsigned(16) Connection Handshake "cipher suite that was chosen", "tls.handshake.ciphersuite" "ws.tls.suite";
    TlsSuiteName = Text Connection Handshake "its name", "ws.tls.suite.name";
    TlsCertificate = Text Connection Handshake "names that the server's certificate is for", "ws.tls.certificate";
    TlsCertificateSubject = Text Connection Handshake "common name of whom that certificate is for", "ws.tls.certificate.subject";
    TlsCertificateIssuer = Text Connection Handshake "common name of who issued it", "ws.tls.certificate.issuer";
    TlsCertificateNotBefore = Text Connection Handshake "from when on it is valid, as 2026-11-29T07:19:11Z", "ws.tls.certificate.not_before";
    TlsCertificateNotAfter = Text Connection Handshake "until when it is valid", "ws.tls.certificate.not_after";
    TlsEch = Presence Connection Handshake "the client's hello hides another, or looks as if it did", "ws.tls.ech";
    TlsEchPublicName = Text Connection Handshake "server's name in the hello in the clear", "ws.tls.ech.public_name";
    TlsEchAccepted = Flag Connection Handshake "the hidden hello counts", "ws.tls.ech.accepted" words Truth;
    TlsKeys = Flag Connection Handshake "its secrets are known", "ws.tls.keys" words Truth;
    Http2 = Presence Connection Handshake "it is a stream of HTTP/2", "http2";

    ConnectionFrames = Unsigned(64) Closed Handshake "frames of both sides", "ws.connection.frames";
    ClientFrames = Unsigned(64) Closed Handshake "frames the client sent", "ws.connection.client.frames";
    ServerFrames = Unsigned(64) Closed Handshake "frames the server sent", "ws.connection.server.frames";
    ConnectionMessages = Unsigned(64) Closed Handshake "messages of both sides", "ws.connection.messages";
    ConnectionBytes = Unsigned(64) Closed Handshake "payload bytes of both sides", "ws.connection.bytes";
    ClientBytes = Unsigned(64) Closed Handshake "payload bytes the client sent", "ws.connection.client.bytes";
    ServerBytes = Unsigned(64) Closed Handshake "payload bytes the server sent", "ws.connection.server.bytes";
    ConnectionTook = Span Closed Handshake "time from its first packet to its last", "ws.connection.duration";
    ConnectionTime = Time Closed Handshake "time of its first packet", "ws.connection.time";
    ConnectionRelative = Span Closed Handshake "the same, since the first packet of the capture", "ws.connection.time_relative";
    ConnectionCloseBy = Text Closed Handshake "who sent the first close frame", "ws.connection.close.by";
    ConnectionCloseCode = Unsigned(16) Closed Handshake "status code of the first close frame", "ws.connection.close.code" words CloseCode;
    ConnectionCloseReason = Text Closed Handshake "reason of the first close frame", "ws.connection.close.reason";
    ConnectionNotes = Text Closed Handshake "codes of notes on the connection itself", "ws.connection.note";
    ConnectionSeverity = Unsigned(8) Closed Handshake "how much those matter, each", "ws.connection.severity" words Severity;

    FrameNumber = Unsigned(32) Packet Header "number of the packet", "frame.number";
    FrameTime = Time Packet Header "time of the packet", "frame.time";
    FrameEpoch = Span Packet Header "the same, in seconds since 1970", "frame.time_epoch";
    FrameRelative = Span Packet Header "the same, since the first packet", "frame.time_relative";
    Frame = Header Packet Packet "the packet and its bytes", "frame";
    FrameLen = Unsigned(32) Packet Packet "bytes of the packet on the wire", "frame.len";
    FrameCapLen = Unsigned(32) Packet Packet "bytes of the packet in the capture", "frame.cap_len";
    FrameInterface = Unsigned(32) Packet Packet "interface it was captured on", "frame.interface_id";
    FrameComment = Text Packet Packet "comment on the packet", "frame.comment";
    IpVersion = Unsigned(8) Packet Packet "version in the IPv4 header: 4", "ip.version";
    Ipv6Version = Unsigned(8) Packet Packet "version in the IPv6 header: 6", "ipv6.version";
    TcpLen = Unsigned(32) Packet Packet "payload bytes of the segment", "tcp.len";
    TcpHdrLen = Unsigned(8) Packet Packet "bytes of the TCP header", "tcp.hdr_len";
    TcpPayload = Bytes Packet Packet "payload of the segment", "tcp.payload";
}

/// A name of a header field in other terms than the table of packets has it.
const fn header(names: &'static [&'static str], kind: Type, source: Source, about: &'static str) -> Name {
    Name { names, kind, level: Level::Packet, need: Need::Packet, source, words: None, path: false, about }
}

const fn bit(names: &'static [&'static str], field: PacketField, mask: u64, about: &'static str) -> Name {
    let name = header(names, Type::Flag, Source::Bits(field, mask), about);
    Name { words: Some(Words::Truth), ..name }
}

const fn bits(names: &'static [&'static str], width: u8, field: PacketField, mask: u64, about: &'static str) -> Name {
    header(names, Type::Unsigned(width), Source::Bits(field, mask), about)
}

const HEADERS: &[Name] = &[
    header(
        &["eth.addr"],
        Type::Mac,
        Source::Either(PacketField::EthSrc, PacketField::EthDst),
        "MAC address of either side",
    ),
    bits(&["eth.type"], 16, PacketField::EthType, 0xffff, "what the frame carries"),
    bits(&["vlan.id"], 16, PacketField::VlanId, 0x0fff, "number of the VLAN"),
    bits(&["vlan.priority"], 16, PacketField::VlanPriority, 0xe000, "priority code point"),
    bit(&["vlan.dei"], PacketField::VlanDei, 0x1000, "may be dropped first"),
    bits(&["vlan.etype"], 16, PacketField::VlanEtype, 0xffff, "what stands behind the tag"),
    bits(&["ip.dsfield"], 8, PacketField::IpDsfield, 0xff, "service and congestion"),
    bits(&["ip.dsfield.dscp"], 8, PacketField::IpDsfield, 0xfc, "differentiated services code point"),
    bits(&["ip.dsfield.ecn"], 8, PacketField::IpDsfield, 0x03, "explicit congestion notification"),
    bits(&["ip.len"], 16, PacketField::IpLen, 0xffff, "bytes of header and payload"),
    bits(&["ip.id"], 16, PacketField::IpId, 0xffff, "what fragments of one datagram have in common"),
    bits(&["ip.flags"], 8, PacketField::IpFlags, 0xe000, "the three bits before the fragment offset"),
    bit(&["ip.flags.rb"], PacketField::IpFlags, 0x8000, "reserved bit"),
    bit(&["ip.flags.df"], PacketField::IpFlags, 0x4000, "do not fragment"),
    bit(&["ip.flags.mf"], PacketField::IpFlags, 0x2000, "more fragments follow"),
    bits(&["ip.ttl"], 8, PacketField::IpTtl, 0xff, "hops before the packet is dropped"),
    bits(&["ip.proto"], 8, PacketField::IpProto, 0xff, "what stands behind the header"),
    bits(&["ip.checksum"], 16, PacketField::IpChecksum, 0xffff, "over the header"),
    bits(&["ipv6.flow"], 24, PacketField::Ipv6Flow, 0x000f_ffff, "packets that belong together"),
    bits(&["ipv6.plen"], 16, PacketField::Ipv6Plen, 0xffff, "bytes behind the fixed header"),
    bits(&["ipv6.nxt"], 8, PacketField::Ipv6Nxt, 0xff, "what stands behind the header"),
    bits(&["ipv6.hlim"], 8, PacketField::Ipv6Hlim, 0xff, "hops before the packet is dropped"),
    bits(
        &["tcp.seq_raw"],
        32,
        PacketField::TcpSeq,
        0xffff_ffff,
        "number of the first payload byte, as it is on the wire",
    ),
    bits(&["tcp.ack_raw"], 32, PacketField::TcpAck, 0xffff_ffff, "the next byte wanted, as it is on the wire"),
    bits(&["tcp.flags"], 16, PacketField::TcpFlags, 0x0fff, "what the segment does"),
    bit(&["tcp.flags.fin"], PacketField::TcpFlags, 0x001, "the sender has finished"),
    bit(&["tcp.flags.syn"], PacketField::TcpFlags, 0x002, "a connection begins"),
    bit(&["tcp.flags.reset"], PacketField::TcpFlags, 0x004, "the connection is reset"),
    bit(&["tcp.flags.push"], PacketField::TcpFlags, 0x008, "to be handed on at once"),
    bit(&["tcp.flags.ack"], PacketField::TcpFlags, 0x010, "the acknowledgement counts"),
    bit(&["tcp.flags.urg"], PacketField::TcpFlags, 0x020, "the urgent pointer counts"),
    bit(&["tcp.flags.ece"], PacketField::TcpFlags, 0x040, "congestion was met"),
    bit(&["tcp.flags.cwr"], PacketField::TcpFlags, 0x080, "the sender slows down"),
    bits(&["tcp.window_size_value"], 16, PacketField::TcpWindow, 0xffff, "bytes the sender can take, before scaling"),
    bits(&["tcp.checksum"], 16, PacketField::TcpChecksum, 0xffff, "over header, payload and addresses"),
    bits(&["tcp.urgent_pointer"], 16, PacketField::TcpUrgent, 0xffff, "end of urgent bytes, where the URG bit is set"),
];

/// The names that are not those of the table of packets.
#[expect(clippy::indexing_slicing, reason = "in a constant a wrong index does not compile")]
pub const NAMES: &[Name] = &{
    const COUNT: usize = TERMS.len() + HEADERS.len();
    let mut names = [TERMS[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        names[at] = if at < TERMS.len() { TERMS[at] } else { HEADERS[at - TERMS.len()] };
        at += 1;
    }
    names
};
