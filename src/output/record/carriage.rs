//! The members of a connection that say whose it is, and what carries it: TLS and HTTP/2. They stand only where there is some.

use crate::base::Process;
use crate::dissect::carriage::{Certificate, http2_error_name};
use crate::dissect::{Http2, Tls};
use crate::fields::ConnectionField;
use crate::output::json::{self, Object, first_member, member};

/// Appends `process`.
pub(super) fn process(object: &mut Object<'_>, process: Option<&Process>) {
    let Some(process) = process else { return };
    member!(object, ConnectionField::Process, raw, "");
    first_member!(object, ConnectionField::ProcessName, text, &process.name);
    member!(object, ConnectionField::ProcessPid, number, process.id.into());
    object.raw("}");
}

/// Appends `tls`.
pub(super) fn tls(object: &mut Object<'_>, tls: Option<&Tls>) {
    let Some(tls) = tls else { return };
    member!(object, ConnectionField::Tls, raw, "");
    first_member!(object, ConnectionField::TlsVersion, maybe_text, tls.version_name().as_deref());
    member!(object, ConnectionField::TlsSuite, maybe_text, tls.suite_name.as_deref());
    member!(object, ConnectionField::TlsSni, maybe_text, tls.server_name.as_deref());
    member!(object, ConnectionField::TlsAlpn, maybe_text, tls.alpn.as_deref());
    member!(object, ConnectionField::TlsCertificate, raw, "");
    json::list(object.buffer(), tls.certificate_names(), |out, name| json::string(out, name));
    if let Some(read) = &tls.certificate {
        certificate(object, read);
    }
    if let Some(ech) = &tls.ech {
        member!(object, ConnectionField::TlsEch, raw, "");
        first_member!(object, ConnectionField::TlsEchPublicName, maybe_text, ech.public_name.as_deref());
        member!(object, ConnectionField::TlsEchAccepted, maybe_flag, ech.is_accepted);
        member!(object, ConnectionField::TlsEchOpened, flag, ech.is_open);
        object.raw("}");
    }
    member!(object, ConnectionField::TlsOpened, number, tls.opened);
    member!(object, ConnectionField::TlsClosed, number, tls.closed);
    member!(object, ConnectionField::TlsBytesClient, number, tls.bytes.client);
    member!(object, ConnectionField::TlsBytesServer, number, tls.bytes.server);
    if let Some(guess) = &tls.guess {
        member!(object, ConnectionField::TlsGuess, text, &guess.reason);
    }
    member!(object, ConnectionField::TlsAlerts, raw, "");
    json::list(object.buffer(), &tls.alerts, |out, alert| {
        let mut object = Object::within(out);
        first_member!(object, ConnectionField::TlsAlertBy, word, alert.by.name());
        member!(object, ConnectionField::TlsAlertLevel, word, alert.level_name());
        member!(object, ConnectionField::TlsAlertName, text, &alert.name());
        member!(object, ConnectionField::TlsAlertPacket, number, alert.at.packet);
        object.close();
    });
    object.raw("}");
}

/// Appends what a certificate says besides its names.
fn certificate(object: &mut Object<'_>, certificate: &Certificate) {
    if certificate.more_names > 0 {
        member!(object, ConnectionField::TlsCertificateMore, number, certificate.more_names);
    }
    member!(object, ConnectionField::TlsCertificateSubject, maybe_text, certificate.subject.as_deref());
    member!(object, ConnectionField::TlsCertificateIssuer, maybe_text, certificate.issuer.as_deref());
    member!(object, ConnectionField::TlsCertificateSelfIssued, flag, certificate.is_self_issued);
    member!(object, ConnectionField::TlsCertificateNotBefore, text, &certificate.not_before);
    member!(object, ConnectionField::TlsCertificateNotAfter, text, &certificate.not_after);
}

/// Appends `http2`.
pub(super) fn http2(object: &mut Object<'_>, http2: Option<&Http2>) {
    let Some(http2) = http2 else { return };
    member!(object, ConnectionField::Http2, raw, "");
    first_member!(object, ConnectionField::Http2Stream, number, http2.stream.into());
    member!(object, ConnectionField::Http2ConnectProtocol, flag, http2.connect_protocol);
    match http2.end {
        None => member!(object, ConnectionField::Http2End, null),
        Some((by, reset)) => {
            member!(object, ConnectionField::Http2End, raw, "");
            first_member!(object, ConnectionField::Http2EndBy, word, by.name());
            member!(object, ConnectionField::Http2EndReset, maybe_number, reset.map(u64::from));
            if let Some(code) = reset {
                member!(object, ConnectionField::Http2EndName, text, &http2_error_name(code));
            }
            object.raw("}");
        }
    }
    member!(object, ConnectionField::Http2Others, number, http2.others);
    object.raw("}");
}
