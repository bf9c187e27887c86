//! Fields of connections.

use super::Cost;

fields! {
    /// A field of a connection.
    ConnectionField, FieldId::Connection:
    Number = number "number of the TCP connection, from 0 (tcp.stream in Wireshark)",
        "n" "connection" "connection.number".wireshark("tcp.stream");
    Stream = number "number of its stream, where the connection carries several (HTTP/2)", "stream";
    Client = address "address and port of the client", "client" "connection.client";
    Server = address "address and port of the server", "server" "connection.server";
    Evidence = text "why it is listed: handshake, refused, unanswered, mid-stream, decode-as, tls", "evidence"
        .tree("connection.evidence", "taken for WebSocket by");
    Confidence = share "how sure mid-stream recognition is, or a guess about TLS, 0 to 1", "confidence";
    Version = text "Sec-WebSocket-Version of the request", "version".tree("ws.version", "version")
        .costs(Cost::Handshake);
    Uri = text "request target", "uri" "connection.uri".tree("http.uri", "URI").costs(Cost::Handshake);
    Host = text "Host of the request", "host".tree("http.host", "host").costs(Cost::Handshake);
    Origin = text "Origin of the request", "origin".tree("http.origin", "origin").costs(Cost::Handshake);
    Subprotocol = text "subprotocol the server chose", "subprotocol" "connection.subprotocol"
        .tree("ws.subprotocol", "subprotocol").costs(Cost::Handshake);
    Extensions = words "extensions the server chose", "extensions".tree("ws.extensions", "extensions")
        .costs(Cost::Handshake);
    Status = number "HTTP status of the answer", "status".costs(Cost::Handshake);
    Body = bytes "body of the answer, where it refused: text where it is text, else hex", "body".costs(Cost::Handshake);
    BodyLength = length "how long that body is, as far as it was read", "body_length".costs(Cost::Handshake);
    UnansweredBy = text "who ended the wait for an answer that never came", "unanswered.by" as "by";
    UnansweredHow = text "how: fin, reset, or capture (which ended first)", "unanswered.how" as "how";
    UnansweredAfter = duration "seconds from the request to that end", "unanswered.after" as "after";
    Process = group "process that has it, where it was captured on its machine", "process".tree("process", "process");
    ProcessName = text "name of that process", "process.name" as "name";
    ProcessPid = number "number of that process", "process.pid" as "pid";
    Tls = group "TLS below it", "tls".tree("tls", "TLS");
    TlsVersion = text "version of TLS that is spoken: TLS 1.3", "tls.version" as "version"
        .tree("tls.version", "version");
    TlsSuite = text "cipher suite, as IANA's registry names it", "tls.suite" as "suite"
        .wireshark("tls.handshake.ciphersuite").tree("tls.suite", "suite");
    TlsSni = text "name of the server that the client asked for (SNI)", "tls.sni" as "sni"
        .wireshark("tls.handshake.extensions_server_name").tree("tls.sni", "server name");
    TlsAlpn = text "protocol that was agreed on inside TLS (ALPN)", "tls.alpn" as "alpn"
        .wireshark("tls.handshake.extensions_alpn_str").tree("tls.alpn", "ALPN");
    TlsCertificate = words "names that the server's certificate is for", "tls.certificate" as "certificate"
        .tree("tls.certificate", "certificate");
    TlsCertificateMore = number "how many more names it is for", "tls.certificate.more" as "certificate_more";
    TlsCertificateSubject = text "common name of whom that certificate is for", "tls.certificate.subject"
        as "certificate_subject";
    TlsCertificateIssuer = text "common name of who issued it", "tls.certificate.issuer" as "certificate_issuer"
        .tree("tls.certificate.issuer", "issued by");
    TlsCertificateSelfIssued = flag "whom it is for is who issued it", "tls.certificate.self_issued"
        as "certificate_self_issued";
    TlsCertificateNotBefore = text "from when on it is valid, UTC, RFC 3339", "tls.certificate.not_before"
        as "certificate_not_before".tree("tls.certificate.validity", "valid from, until");
    TlsCertificateNotAfter = text "until when it is valid", "tls.certificate.not_after" as "certificate_not_after";
    TlsEch = group "hello in the clear that hides another, or looks as if it did (ECH)", "tls.ech" as "ech"
        .tree("tls.ech", "encrypted hello");
    TlsEchPublicName = text "server's name in that hello", "tls.ech.public_name" as "public_name";
    TlsEchAccepted = flag "the hidden hello counts", "tls.ech.accepted" as "accepted";
    TlsEchOpened = flag "it was opened", "tls.ech.opened" as "opened";
    TlsOpened = number "records of TLS that were opened", "tls.opened" as "opened";
    TlsClosed = number "sealed records of TLS that were not", "tls.closed" as "closed";
    TlsBytesClient = length "bytes of TLS that the client sent", "tls.bytes.client" as "bytes_from_client";
    TlsBytesServer = length "bytes of TLS that the server sent", "tls.bytes.server" as "bytes_from_server";
    TlsGuess = text "why a connection without keys is supposed to be a WebSocket", "tls.guess" as "guess";
    TlsAlerts = words "alerts of TLS, by name", "tls.alerts" as "alerts".tree("tls.alerts", "alerts");
    TlsAlertBy = text "who sent an alert of TLS", "tls.alert.by" as "by".part();
    TlsAlertLevel = text "how grave that alert is", "tls.alert.level" as "level".part();
    TlsAlertName = text "what that alert says", "tls.alert.name" as "name".part();
    TlsAlertPacket = number "packet with that alert", "tls.alert.packet" as "packet".part();
    Http2 = group "HTTP/2 that carries it", "http2".tree("http2", "HTTP/2");
    Http2Stream = number "its stream of HTTP/2", "http2.stream" as "stream".wireshark("http2.streamid")
        .tree("http2.stream", "stream");
    Http2ConnectProtocol = flag "the server's SETTINGS allow extended CONNECT", "http2.connect_protocol" as "connect_protocol"
        .tree("http2.connect_protocol", "extended CONNECT");
    Http2End = group "how that stream ended", "http2.end" as "end".tree("http2.end", "end");
    Http2EndBy = text "who ended that stream first", "http2.end.by" as "by";
    Http2EndReset = number "error code of RST_STREAM, where it ended so", "http2.end.reset" as "reset";
    Http2EndName = text "name of that error code", "http2.end.name" as "name";
    Http2Others = number "requests of its connection that are no WebSocket", "http2.others" as "others";
    Frames = number "frames of both sides", "frames";
    FramesClient = number "frames the client sent", "frames.client" as "frames";
    FramesServer = number "frames the server sent", "frames.server" as "frames";
    Messages = number "messages of both sides", "messages";
    MessagesClient = number "messages the client sent", "messages.client" as "messages";
    MessagesServer = number "messages the server sent", "messages.server" as "messages";
    PayloadBytesClient = length "payload bytes the client sent", "payload_bytes.client" as "payload_bytes";
    PayloadBytesServer = length "payload bytes the server sent", "payload_bytes.server" as "payload_bytes";
    MessageBytesClient = length "message bytes of the client, inflated", "message_bytes.client" as "message_bytes";
    MessageBytesServer = length "message bytes of the server, inflated", "message_bytes.server" as "message_bytes";
    CloseBy = text "who sent the first close frame", "close.by" as "by";
    CloseCode = number "status code of that close frame", "close.code" as "code";
    CloseReason = text "reason of that close frame, broken UTF-8 replaced", "close.reason" as "reason";
    Time = time "time of its first packet, UTC, RFC 3339 with nanoseconds", "time";
    TimeEpoch = time "the same as seconds since 1970", "time.epoch";
    TimeRelative = duration "the same as seconds since the first packet", "time.relative";
    LastTime = time "time of its last packet", "last_time";
    Duration = duration "seconds from its first packet to its last", "duration";
    Packet = number "number of its first packet", "packet";
    LastPacket = number "number of its last packet", "last_packet";
    Notes = notes "codes of its notes", "notes";
    NotesSeverity = text "the worst severity among its notes", "notes.severity";
    Whole = group "a connection", "whole".tree("connection", "Connection");
    Request = group "the request of its opening handshake", "request".tree("http.request", "request");
    RequestField = text "a header field of that request", "request.field".tree("http.request.field", "field").part();
    Response = group "the response to that request", "response".tree("http.response", "response");
    ResponseField = text "a header field of that response", "response.field".tree("http.response.field", "field")
        .part();
    FromClient = group "what the client sent", "from_client";
    FromServer = group "what the server sent", "from_server";
    Unanswered = group "how the wait for an answer ended", "unanswered";
    Close = group "the first close frame", "close";
    Comments = words "comments on its packets", "comments".part();
}
