//! The connection of a frame, and its opening handshake.

use crate::dissect::carriage::Ech;
use crate::dissect::{Evidence, Socket};
use crate::fields::{ConnectionField, FrameField, Node, Value};
use crate::trace::{Bytes, FrameRow};
use crate::websocket::Handshake;

pub(super) fn connection_fields(bytes: Bytes<'_>, row: &FrameRow, fields: &mut Vec<Node>) {
    let Some(told) = bytes.trace().connections().get(row.socket).and_then(|entry| entry.told.as_ref()) else {
        return;
    };
    fields.extend(socket_nodes(told));
    fields.push(
        Node::new(FrameField::Offset, 1, row.offset.to_string())
            .holds(Value::Number(row.offset))
            .means("byte of this direction, counted after the HTTP head", ""),
    );
}

/// The nodes of a connection and its opening handshake.
#[must_use]
pub fn socket_nodes(told: &Socket) -> Vec<Node> {
    let mut all = Vec::new();
    let fields = &mut all;
    let title = format!("{} → {}", told.client, told.server);
    fields.push(Node::new(ConnectionField::Whole, 0, title).labelled(format!("Connection {}", told.id.label())));
    let evidence = match told.evidence {
        Evidence::MidStream { confidence } => format!("mid-stream, {} % sure", Evidence::percent(confidence)),
        other => other.name().to_owned(),
    };
    fields.push(Node::new(ConnectionField::Evidence, 1, evidence));
    if let Some(process) = told.process.get() {
        fields.push(Node::new(ConnectionField::Process, 1, format!("{} ({})", process.name, process.id)));
    }
    carriage(told, fields);
    if let Some(handshake) = &told.handshake {
        let lines = [
            (ConnectionField::Uri, handshake.uri().unwrap_or("")),
            (ConnectionField::Host, handshake.host().unwrap_or("")),
            (ConnectionField::Origin, handshake.origin().unwrap_or("")),
            (ConnectionField::Version, handshake.version().unwrap_or("")),
            (ConnectionField::Subprotocol, handshake.subprotocol().unwrap_or("")),
        ];
        for (field, value) in lines {
            if !value.is_empty() {
                fields.push(Node::new(field, 1, value));
            }
        }
        heads(handshake, fields);
        let extensions = handshake.extensions().join(", ");
        if !extensions.is_empty() {
            fields.push(Node::new(ConnectionField::Extensions, 1, extensions).means("", "RFC 6455 9.1"));
        }
    }
    all
}

/// TLS and HTTP/2 below it.
fn carriage(told: &Socket, fields: &mut Vec<Node>) {
    let mut push = |field, depth, value: Option<String>, clause| {
        fields.extend(value.map(|value| Node::new(field, depth, value).means("", clause)));
    };
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    if let Some(tls) = &told.tls {
        push(ConnectionField::Tls, 1, Some(tls.short()), "");
        push(ConnectionField::TlsVersion, 2, tls.version_name(), "");
        push(ConnectionField::TlsSuite, 2, tls.suite_name.clone(), "RFC 8446 B.4");
        push(ConnectionField::TlsSni, 2, tls.server_name.clone(), "RFC 6066 3");
        push(ConnectionField::TlsAlpn, 2, tls.alpn.clone(), "RFC 7301 3.1");
        push(ConnectionField::TlsEch, 2, tls.ech.as_ref().map(Ech::line), "RFC 9849 6.1.4");
        if let Some(certificate) = &tls.certificate {
            push(ConnectionField::TlsCertificate, 2, some(certificate.names_line()), "RFC 5280 4.2.1.6");
            push(ConnectionField::TlsCertificateIssuer, 3, certificate.issuer_line(), "RFC 5280 4.1.2.4");
            push(ConnectionField::TlsCertificateNotBefore, 3, Some(certificate.validity_line()), "RFC 5280 4.1.2.5");
        }
        push(ConnectionField::TlsAlerts, 2, some(tls.alert_names().join(", ")), "RFC 8446 6");
    }
    if let Some(http2) = &told.http2 {
        push(ConnectionField::Http2, 1, Some(http2.line()), "RFC 8441 5");
        push(ConnectionField::Http2Stream, 2, Some(http2.stream.to_string()), "RFC 9113 5.1.1");
        let allowed = if http2.connect_protocol { "allowed by the server" } else { "not seen to be allowed" };
        push(ConnectionField::Http2ConnectProtocol, 2, Some(allowed.to_owned()), "RFC 8441 3");
        push(ConnectionField::Http2End, 2, http2.end_words(), "RFC 8441 5");
    }
}

/// The two heads of the handshake, every field of them.
fn heads(handshake: &Handshake, fields: &mut Vec<Node>) {
    if let Some(request) = &handshake.request {
        let line = request.line();
        fields.push(Node::new(ConnectionField::Request, 1, line).means("", "RFC 6455 4.1"));
        head_fields(ConnectionField::RequestField, &request.fields, fields);
    }
    if let Some(response) = &handshake.response {
        let line = format!("{} {}", response.status, response.reason);
        fields.push(Node::new(ConnectionField::Response, 1, line).means("", "RFC 6455 4.2.2"));
        head_fields(ConnectionField::ResponseField, &response.fields, fields);
    }
}

fn head_fields(field: ConnectionField, head: &[(String, String)], fields: &mut Vec<Node>) {
    fields.extend(head.iter().map(|(name, value)| Node::new(field, 2, value.clone()).labelled(name.clone())));
}
