//! What stands below a handshake: TLS, and the stream of HTTP/2 that it opened.

use super::named;
use crate::base::Severity;
use crate::dissect::carriage::Ech;
use crate::dissect::{Evidence, Http2, Socket, Tls};
use crate::teach::handshake::NO_KEY;
use crate::tui::line::{Line, Role};
use crate::tui::text;

/// Appends what is known of both.
pub(super) fn lines(told: &Socket, width: usize, most: usize, lines: &mut Vec<Line>) {
    if let Some(guess) = told.guess() {
        let words = format!("{} % sure, which is a guess: {}", guess.percent, guess.reason);
        lines.extend(named("behaves like a WebSocket", &words, width, most));
    }
    if let Some(tls) = &told.tls {
        of_tls(tls, width, most, lines);
        if told.evidence == Evidence::Tls {
            let words = format!("{} from the client, {} from the server", tls.bytes.client, tls.bytes.server);
            lines.extend(named("  bytes         ", &words, width, most));
        }
    }
    if let Some(http2) = &told.http2 {
        of_http2(http2, told.handshake.is_some(), width, most, lines);
    }
}

fn of_tls(tls: &Tls, width: usize, most: usize, lines: &mut Vec<Line>) {
    let version = tls.version_name().unwrap_or_else(|| "TLS".to_owned());
    lines.push(Line::default());
    lines.push(Line::of(format!(" {version}"), Role::Title));
    let ech = tls.ech.as_ref().map(Ech::line);
    let [names, issuer, validity] = match &tls.certificate {
        Some(read) => {
            [Some(read.names_line()).filter(|names| !names.is_empty()), read.issuer_line(), Some(read.validity_line())]
        }
        None => [None, None, None],
    };
    let rows = [
        ("  suite         ", tls.suite_name.as_deref()),
        ("  server name   ", tls.server_name.as_deref()),
        ("  ALPN          ", tls.alpn.as_deref()),
        ("  ECH           ", ech.as_deref()),
        ("  certificate   ", names.as_deref()),
        ("  issued by     ", issuer.as_deref()),
        ("  valid         ", validity.as_deref()),
    ];
    for (name, value) in rows {
        lines.extend(value.into_iter().flat_map(|value| named(name, &text::safe(value), width, most)));
    }
    let records = match (tls.opened, tls.closed) {
        (opened, 0) => format!("{opened} opened"),
        (opened, closed) => format!("{opened} opened, {closed} not"),
    };
    lines.extend(named("  records       ", &records, width, most));
    for alert in &tls.alerts {
        let head =
            Line::of("   alert           ", Role::Label).and(format!("{} ", alert.by.name()), Role::Side(alert.by));
        let role = if alert.level == 2 { Role::Finding(Severity::Warning) } else { Role::Text };
        lines.push(head.and(alert.name(), role).right(format!("packet {} ", alert.at.packet), Role::Dim));
    }
}

fn of_http2(http2: &Http2, is_asked: bool, width: usize, most: usize, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    lines.push(Line::of(format!(" HTTP/2 stream {}", http2.stream), Role::Title));
    let allowed = match http2.connect_protocol {
        true => "allowed by the server's SETTINGS (RFC 8441 3)",
        false => "no SETTINGS seen that allow it (RFC 8441 3)",
    };
    lines.extend(named("  CONNECT       ", allowed, width, most));
    if is_asked {
        lines.extend(named("  key           ", &format!("{} ({})", NO_KEY.0, NO_KEY.1), width, most));
    }
    if http2.others > 0 {
        lines.extend(named("  besides       ", &format!("{} other requests", http2.others), width, most));
    }
    if let Some(end) = http2.end_words() {
        lines.extend(named("  end           ", &end, width, most));
    }
}
