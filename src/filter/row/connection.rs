//! What a connection has, and each of its frames and messages with it.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::super::value::{Value, Values};
use super::{Peer, Row, codes, severities};
use crate::base::Direction;
use crate::dissect::{Socket, Tls};
use crate::fields::display::Term;
use crate::websocket::Handshake;

impl<'a> Row<'a> {
    pub(super) fn of_connection(&self, term: Term, peer: &'a Peer) -> Option<Values<'a>> {
        let (source, destination) = self.ends(peer);
        let socket = &peer.socket;
        Some(match term {
            Term::IpSrc => v4(source).into(),
            Term::IpDst => v4(destination).into(),
            Term::IpAddr => v4(source).into_iter().chain(v4(destination)).collect(),
            Term::Ipv6Src => v6(source).into(),
            Term::Ipv6Dst => v6(destination).into(),
            Term::Ipv6Addr => v6(source).into_iter().chain(v6(destination)).collect(),
            Term::SrcPort => port(source).into(),
            Term::DstPort => port(destination).into(),
            Term::Port => port(source).into_iter().chain(port(destination)).collect(),
            Term::ClientPort => port(socket.client).into(),
            Term::ServerPort => port(socket.server).into(),
            Term::Client => Values::One(Value::Text(Cow::Owned(socket.client.to_string()))),
            Term::Server => Values::One(Value::Text(Cow::Owned(socket.server.to_string()))),
            Term::Evidence => Values::One(Value::text(socket.evidence.name())),
            Term::Confidence => socket.confidence().map(|confidence| Value::Float(f64::from(confidence))).into(),
            Term::ProcessName => text(socket.process.get().map(|process| process.name.as_str())),
            Term::ProcessPid => socket.process.get().map(|process| Value::Unsigned(process.id.into())).into(),
            Term::Tls
            | Term::TlsVersion
            | Term::TlsServerName
            | Term::TlsAlpn
            | Term::TlsSuite
            | Term::TlsSuiteName
            | Term::TlsCertificate
            | Term::TlsCertificateSubject
            | Term::TlsCertificateIssuer
            | Term::TlsCertificateNotBefore
            | Term::TlsCertificateNotAfter
            | Term::TlsEch
            | Term::TlsEchPublicName
            | Term::TlsEchAccepted
            | Term::TlsKeys => tls(term, socket.tls.as_deref()?)?,
            Term::Http2 => socket.http2.is_some().then_some(Value::Present).into(),
            _ if peer.over => closed(term, self.origin, socket).or_else(|| handshake(term, socket))?,
            _ => handshake(term, socket)?,
        })
    }
}

/// What TLS below it says.
fn tls(term: Term, tls: &Tls) -> Option<Values<'_>> {
    let (certificate, ech) = (tls.certificate.as_ref(), tls.ech.as_ref());
    Some(match term {
        Term::Tls => Values::One(Value::Present),
        Term::TlsVersion => (tls.version != 0).then(|| Value::Unsigned(tls.version.into())).into(),
        Term::TlsServerName => text(tls.server_name.as_deref()),
        Term::TlsAlpn => text(tls.alpn.as_deref()),
        Term::TlsSuite => tls.suite.map(|suite| Value::Unsigned(suite.into())).into(),
        Term::TlsSuiteName => text(tls.suite_name.as_deref()),
        Term::TlsCertificate => tls.certificate_names().iter().map(|name| Value::text(name)).collect(),
        Term::TlsCertificateSubject => text(certificate.and_then(|read| read.subject.as_deref())),
        Term::TlsCertificateIssuer => text(certificate.and_then(|read| read.issuer.as_deref())),
        Term::TlsCertificateNotBefore => text(certificate.map(|read| read.not_before.as_str())),
        Term::TlsCertificateNotAfter => text(certificate.map(|read| read.not_after.as_str())),
        Term::TlsEch => ech.map(|_| Value::Present).into(),
        Term::TlsEchPublicName => text(ech.and_then(|ech| ech.public_name.as_deref())),
        Term::TlsEchAccepted => ech.and_then(|ech| ech.is_accepted).map(Value::Flag).into(),
        Term::TlsKeys => Values::One(Value::Flag(tls.has_keys)),
        _ => return None,
    })
}

fn v4<'a>(address: SocketAddr) -> Option<Value<'a>> {
    match address.ip() {
        IpAddr::V4(address) => Some(Value::Ipv4(address.into(), 32)),
        IpAddr::V6(_) => None,
    }
}

fn v6<'a>(address: SocketAddr) -> Option<Value<'a>> {
    match address.ip() {
        IpAddr::V6(address) => Some(Value::Ipv6(address.into(), 128)),
        IpAddr::V4(_) => None,
    }
}

fn port<'a>(address: SocketAddr) -> Option<Value<'a>> {
    Some(Value::Unsigned(address.port().into()))
}

fn text(text: Option<&str>) -> Values<'_> {
    text.map(Value::text).into()
}

/// What the opening handshake says.
fn handshake(term: Term, socket: &Socket) -> Option<Values<'_>> {
    let handshake = socket.handshake.as_deref()?;
    let request = handshake.request.as_ref();
    let response = handshake.response.as_ref();

    let owned = |text: Option<String>| Values::from(text.map(|text| Value::Text(Cow::Owned(text))));
    let asked = |name: &str| Values::from(handshake.request_field(name).map(Value::text));
    let answered = |name: &str| Values::from(handshake.response_field(name).map(Value::text));
    let both = |name: &str| -> Values<'_> {
        let fields = [handshake.request_field(name), handshake.response_field(name)];
        fields.into_iter().flatten().map(Value::text).collect()
    };
    let target = handshake.uri();
    Some(match term {
        Term::Uri => text(target),
        Term::UriPath => text(target.map(|uri| uri.split_once('?').map_or(uri, |(path, _)| path))),
        Term::UriQuery => text(target.and_then(|uri| Some(uri.split_once('?')?.1))),
        Term::FullUri => owned(full_uri(handshake, socket.tls.is_some())),
        Term::Request => Values::One(Value::Flag(request.is_some())),
        Term::Response => Values::One(Value::Flag(response.is_some())),
        Term::Http => Values::One(Value::Present),
        Term::Method => text(request.map(|request| request.method.as_str())),
        Term::RequestVersion => owned(request.map(|request| format!("HTTP/1.{}", request.minor_version))),
        Term::RequestLine => lines(request.map(|request| request.fields.as_slice())),
        Term::ResponseVersion => {
            owned(response.and_then(|response| response.minor_version).map(|minor| format!("HTTP/1.{minor}")))
        }
        Term::ResponseLine => lines(response.map(|response| response.fields.as_slice())),
        Term::Status => handshake.status().map(|status| Value::Unsigned(status.into())).into(),
        Term::Reason => text(response.map(|response| response.reason.as_str())),
        Term::Host => asked("Host"),
        Term::Origin => asked("Origin"),
        Term::Upgrade => both("Upgrade"),
        Term::ConnectionField => both("Connection"),
        Term::UserAgent => asked("User-Agent"),
        Term::Cookie => asked("Cookie"),
        Term::Authorization => asked("Authorization"),
        Term::Referer => asked("Referer"),
        Term::ForwardedFor => asked("X-Forwarded-For"),
        Term::ServerField => answered("Server"),
        Term::Location => answered("Location"),
        Term::ContentType => answered("Content-Type"),
        Term::WsAccept => answered("Sec-WebSocket-Accept"),
        Term::WsExtensions => both("Sec-WebSocket-Extensions"),
        Term::WsKey => asked("Sec-WebSocket-Key"),
        Term::WsProtocol => both("Sec-WebSocket-Protocol"),
        Term::WsVersion => asked("Sec-WebSocket-Version"),
        Term::Subprotocol => text(handshake.subprotocol()),
        Term::Extensions => handshake.extensions().into_iter().map(|name| Value::Text(Cow::Owned(name))).collect(),
        _ => return None,
    })
}

fn lines<'a>(fields: Option<&'a [(String, String)]>) -> Values<'a> {
    let fields = fields.unwrap_or_default();
    fields.iter().map(|(name, value)| Value::Text(Cow::Owned(format!("{name}: {value}")))).collect()
}

/// `http://host/target`, or `https` inside TLS, as Wireshark writes it.
fn full_uri(handshake: &Handshake, sealed: bool) -> Option<String> {
    let target = handshake.uri()?;
    if target.contains("://") {
        return Some(target.to_owned());
    }
    Some(format!("{}://{}{target}", if sealed { "https" } else { "http" }, handshake.host()?))
}

/// What is known of a connection that is over.
fn closed(term: Term, origin: crate::base::Timestamp, socket: &Socket) -> Option<Values<'_>> {
    let (client, server) = (&socket.totals.client, &socket.totals.server);
    let close = socket.close.as_ref();
    let number = |number: u64| Values::One(Value::Unsigned(number));
    Some(match term {
        Term::ConnectionFrames => number(client.frames + server.frames),
        Term::ClientFrames => number(client.frames),
        Term::ServerFrames => number(server.frames),
        Term::ConnectionMessages => number(client.messages + server.messages),
        Term::ConnectionBytes => number(client.payload_bytes.saturating_add(server.payload_bytes)),
        Term::ClientBytes => number(client.payload_bytes),
        Term::ServerBytes => number(server.payload_bytes),
        Term::ConnectionTook => Values::One(Value::Span(socket.last.time.since(socket.first.time))),
        Term::ConnectionTime => Values::One(Value::Time(socket.first.time.0)),
        Term::ConnectionRelative => Values::One(Value::Span(socket.first.time.since(origin))),
        Term::ConnectionCloseBy => close.map(|close| Value::text(Direction::name(close.by))).into(),
        Term::ConnectionCloseCode => close.and_then(|close| close.code).map(|code| Value::Unsigned(code.into())).into(),
        Term::ConnectionCloseReason => {
            close.map(|close| close.reason.as_str()).filter(|reason| !reason.is_empty()).map(Value::text).into()
        }
        Term::ConnectionNotes => codes(&socket.notes),
        Term::ConnectionSeverity => severities(&socket.notes),
        _ => return None,
    })
}
