//! Handshake messages of TLS, cut anywhere, and what is read of their bodies.
//!
//! Input: a byte that says how small the pieces are; then messages, one behind the other. How they are cut changes nothing.
//! Of a certificate no name is told that does not stand in it, and times have their form; what is cut is none, or says no more.

use sockeye::base::limits;
use sockeye::tls::certificate::Certificate;
use sockeye::tls::hello::{ClientHello, ServerHello, encrypted_alpn};
use sockeye::tls::message::{Messages, first_message, kind};

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((size, text)) = input.split_first() else { return };
    let whole = messages(text, text.len().max(1));
    assert!(whole == messages(text, usize::from(*size).max(1)));
    if let (Some(first), Some((_, _, all))) = (first_message(text), whole.first()) {
        assert!(first == all.as_slice() || first.len() > limits::TLS_MESSAGE_BYTES);
    }
    for (message, body, all) in &whole {
        assert!(all.len() == body.len() + 4 && all.ends_with(body));
        match *message {
            kind::CLIENT_HELLO => client(body),
            kind::SERVER_HELLO => {
                let hello = ServerHello::parse(body);
                assert!(hello.is_none_or(|hello| hello.session.len() <= 255 && holds(body, &hello.session)));
            }
            kind::ENCRYPTED_EXTENSIONS => assert!(encrypted_alpn(body).is_none_or(|name| is_in(body, &name))),
            kind::CERTIFICATE => {
                for is_tls13 in [false, true] {
                    certificate(body, Certificate::of_message(body, is_tls13));
                }
            }
            _ => {}
        }
    }
    // As DER alone, too: a stranger's bytes seldom pass all the lengths of a message.
    certificate(text, Certificate::parse(text));
}

/// Type, body, and all of each.
fn messages(text: &[u8], size: usize) -> Vec<(u8, Vec<u8>, Vec<u8>)> {
    let (mut messages, mut told) = (Messages::default(), Vec::new());
    for piece in text.chunks(size) {
        messages.push(piece, |kind, body, whole| told.push((kind, body.to_vec(), whole.to_vec())));
        assert!(messages.memory() <= 4 * limits::TLS_MESSAGE_BYTES);
    }
    told
}

fn client(body: &[u8]) {
    let Some(hello) = ClientHello::parse(body) else { return };
    assert!(hello.alpn.len() <= limits::TLS_PROTOCOLS && holds(body, &hello.random) && holds(body, &hello.session));
    assert!(hello.alpn.iter().chain(&hello.server_name).all(|name| is_in(body, name)));
    assert!(hello.suites.len() * 2 <= body.len() && hello.versions.len() * 2 <= body.len());
}

fn certificate(body: &[u8], read: Option<Certificate>) {
    let Some(read) = read else { return };
    assert!(read.names.len() <= limits::TLS_CERTIFICATE_NAMES);
    assert!(read.more_names == 0 || read.names.len() == limits::TLS_CERTIFICATE_NAMES);
    for time in [&read.not_before, &read.not_after] {
        let digits = time.bytes().filter(u8::is_ascii_digit).count();
        assert!(time.len() == "2026-11-29T07:19:11Z".len() && digits == 14, "{time}");
    }
    // Addresses are written anew.
    let names = read.names.iter().filter(|name| name.parse::<std::net::IpAddr>().is_err());
    assert!(names.clone().all(|name| is_in(body, name)), "{:?}", read.names);
}

/// A name that was no UTF-8 has others in the place of what was none.
fn is_in(body: &[u8], name: &str) -> bool {
    name.contains(char::REPLACEMENT_CHARACTER) || holds(body, name.as_bytes())
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    part.is_empty() || body.windows(part.len()).any(|window| window == part)
}
