//! Values of the fields of connections.

use std::borrow::Cow;

use super::worst;
use crate::base::Timestamp;
use crate::dissect::carriage::{Certificate, http2_error_name};
use crate::dissect::{Evidence, Http2, Socket, Tls};
use crate::fields::{ConnectionField, Notation, Value};
use crate::websocket::Handshake;

/// A connection, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionView<'a> {
    /// The connection.
    pub connection: &'a Socket,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

/// The value of a field of a connection; absent for what is a heading, or a part of other outputs only.
#[must_use]
pub fn connection<'r>(field: ConnectionField, row: &ConnectionView<'r>) -> Value<'r> {
    let connection = row.connection;
    let handshake = connection.handshake.as_deref();
    let (client, server) = (&connection.totals.client, &connection.totals.server);
    let close = connection.close.as_ref();
    let process = connection.process.get();
    let (tls, http2) = (connection.tls.as_deref(), connection.http2.as_deref());
    let ech = tls.and_then(|tls| tls.ech.as_ref());
    let body = handshake.and_then(Handshake::refusal_body);
    let ending = match connection.evidence {
        Evidence::Unanswered(ending) => Some(ending),
        _ => None,
    };
    match field {
        ConnectionField::Number => Value::Number(connection.id.connection.0.into()),
        ConnectionField::Stream => Value::maybe_number(connection.id.stream.map(|stream| stream.0)),
        ConnectionField::Client => Value::Address(connection.client),
        ConnectionField::Server => Value::Address(connection.server),
        ConnectionField::Evidence => Value::maybe_text(Some(connection.evidence.name())),
        ConnectionField::Confidence => connection.confidence().map_or(Value::Absent, Value::Share),
        ConnectionField::Version => Value::maybe_text(handshake.and_then(Handshake::version)),
        ConnectionField::Uri => Value::maybe_text(handshake.and_then(Handshake::uri)),
        ConnectionField::Host => Value::maybe_text(handshake.and_then(Handshake::host)),
        ConnectionField::Origin => Value::maybe_text(handshake.and_then(Handshake::origin)),
        ConnectionField::Subprotocol => Value::maybe_text(handshake.and_then(Handshake::subprotocol)),
        ConnectionField::Extensions => Value::Words(handshake.map(Handshake::extensions).unwrap_or_default()),
        ConnectionField::Status => Value::maybe_number(handshake.and_then(Handshake::status).map(u64::from)),
        ConnectionField::Body => match body {
            Some((_, Some(text))) => Value::Text(Cow::Borrowed(text)),
            Some((body, None)) => Value::Bytes(&body.bytes, Notation::Hex),
            None => Value::Absent,
        },
        ConnectionField::BodyLength => Value::maybe_number(body.map(|(body, _)| body.length)),
        ConnectionField::UnansweredBy => Value::maybe_text(ending.and_then(|ending| Some(ending.by?.name()))),
        ConnectionField::UnansweredHow => Value::maybe_text(ending.map(|ending| ending.how.name())),
        ConnectionField::UnansweredAfter => ending.map_or(Value::Absent, |ending| Value::Nanoseconds(ending.after)),
        ConnectionField::ProcessName => Value::maybe_text(process.map(|process| process.name.as_str())),
        ConnectionField::ProcessPid => Value::maybe_number(process.map(|process| process.id.into())),
        ConnectionField::TlsVersion => text(tls.and_then(Tls::version_name)),
        ConnectionField::TlsSuite => Value::maybe_text(tls.and_then(|tls| tls.suite_name.as_deref())),
        ConnectionField::TlsSni => Value::maybe_text(tls.and_then(|tls| tls.server_name.as_deref())),
        ConnectionField::TlsAlpn => Value::maybe_text(tls.and_then(|tls| tls.alpn.as_deref())),
        ConnectionField::TlsCertificate
        | ConnectionField::TlsCertificateMore
        | ConnectionField::TlsCertificateSubject
        | ConnectionField::TlsCertificateIssuer
        | ConnectionField::TlsCertificateSelfIssued
        | ConnectionField::TlsCertificateNotBefore
        | ConnectionField::TlsCertificateNotAfter => {
            tls.and_then(|tls| tls.certificate.as_ref()).map_or(Value::Absent, |said| certificate(field, said))
        }
        ConnectionField::TlsEchPublicName => Value::maybe_text(ech.and_then(|ech| ech.public_name.as_deref())),
        ConnectionField::TlsEchAccepted => ech.and_then(|ech| ech.is_accepted).map_or(Value::Absent, Value::Flag),
        ConnectionField::TlsEchOpened => ech.map_or(Value::Absent, |ech| Value::Flag(ech.is_open)),
        ConnectionField::TlsOpened => Value::maybe_number(tls.map(|tls| tls.opened)),
        ConnectionField::TlsClosed => Value::maybe_number(tls.map(|tls| tls.closed)),
        ConnectionField::TlsBytesClient => Value::maybe_number(tls.map(|tls| tls.bytes.client)),
        ConnectionField::TlsBytesServer => Value::maybe_number(tls.map(|tls| tls.bytes.server)),
        ConnectionField::TlsGuess => Value::maybe_text(connection.guess().map(|guess| guess.reason.as_str())),
        ConnectionField::TlsAlerts => Value::Words(tls.map_or_else(Vec::new, Tls::alert_names)),
        ConnectionField::Http2Stream => Value::maybe_number(http2.map(|http2| http2.stream.into())),
        ConnectionField::Http2ConnectProtocol => http2.map_or(Value::Absent, |h| Value::Flag(h.connect_protocol)),
        ConnectionField::Http2EndBy => Value::maybe_text(http2.and_then(|http2| Some(http2.end?.0.name()))),
        ConnectionField::Http2EndReset => Value::maybe_number(http2.and_then(Http2::reset).map(u64::from)),
        ConnectionField::Http2EndName => text(http2.and_then(Http2::reset).map(http2_error_name)),
        ConnectionField::Http2Others => Value::maybe_number(http2.map(|http2| http2.others)),
        ConnectionField::Frames => Value::Number(client.frames + server.frames),
        ConnectionField::FramesClient => Value::Number(client.frames),
        ConnectionField::FramesServer => Value::Number(server.frames),
        ConnectionField::Messages => Value::Number(client.messages + server.messages),
        ConnectionField::MessagesClient => Value::Number(client.messages),
        ConnectionField::MessagesServer => Value::Number(server.messages),
        ConnectionField::PayloadBytesClient => Value::Number(client.payload_bytes),
        ConnectionField::PayloadBytesServer => Value::Number(server.payload_bytes),
        ConnectionField::MessageBytesClient => Value::Number(client.message_bytes),
        ConnectionField::MessageBytesServer => Value::Number(server.message_bytes),
        ConnectionField::CloseBy => Value::maybe_text(close.map(|close| close.by.name())),
        ConnectionField::CloseCode => Value::maybe_number(close.and_then(|close| close.code).map(u64::from)),
        ConnectionField::CloseReason => match close {
            Some(close) => Value::Text(Cow::Borrowed(&close.reason)),
            None => Value::Absent,
        },
        ConnectionField::Time => Value::Time(connection.first.time),
        ConnectionField::TimeEpoch => Value::Epoch(connection.first.time),
        ConnectionField::TimeRelative => Value::Nanoseconds(connection.first.time.since(row.origin)),
        ConnectionField::LastTime => Value::Time(connection.last.time),
        ConnectionField::Duration => Value::Nanoseconds(connection.last.time.since(connection.first.time)),
        ConnectionField::Packet => Value::Number(connection.first.packet),
        ConnectionField::LastPacket => Value::Number(connection.last.packet),
        ConnectionField::Notes => Value::Notes(&connection.notes),
        ConnectionField::NotesSeverity => worst(&connection.notes),
        ConnectionField::Whole
        | ConnectionField::Request
        | ConnectionField::RequestField
        | ConnectionField::Response
        | ConnectionField::ResponseField
        | ConnectionField::Process
        | ConnectionField::Tls
        | ConnectionField::TlsEch
        | ConnectionField::TlsAlertBy
        | ConnectionField::TlsAlertLevel
        | ConnectionField::TlsAlertName
        | ConnectionField::TlsAlertPacket
        | ConnectionField::Http2
        | ConnectionField::Http2End
        | ConnectionField::FromClient
        | ConnectionField::FromServer
        | ConnectionField::Unanswered
        | ConnectionField::Close
        | ConnectionField::Comments => Value::Absent,
    }
}

/// What the server's certificate says.
fn certificate(field: ConnectionField, said: &Certificate) -> Value<'_> {
    match field {
        ConnectionField::TlsCertificateMore if said.more_names > 0 => Value::Number(said.more_names),
        ConnectionField::TlsCertificateSubject => Value::maybe_text(said.subject.as_deref()),
        ConnectionField::TlsCertificateIssuer => Value::maybe_text(said.issuer.as_deref()),
        ConnectionField::TlsCertificateSelfIssued => Value::Flag(said.is_self_issued),
        ConnectionField::TlsCertificateNotBefore => Value::maybe_text(Some(&said.not_before)),
        ConnectionField::TlsCertificateNotAfter => Value::maybe_text(Some(&said.not_after)),
        ConnectionField::TlsCertificate => Value::Words(said.names.clone()),
        _ => Value::Absent,
    }
}

fn text<'r>(text: Option<String>) -> Value<'r> {
    text.map_or(Value::Absent, |text| Value::Text(Cow::Owned(text)))
}
