//! What the pages say of TLS and HTTP/2, at the sizes that terminals have. The truth was read with another analyser
//! (tests/data/tls/README.md).

use super::is_given_back;
use super::terminal::{SIZES, Terminal, sample};

fn opened(file: &str, (columns, lines): (u16, u16)) -> Option<Terminal> {
    let mut terminal = Terminal::with(&[file], columns, lines)?;
    terminal.wait_for("✓");
    Some(terminal)
}

#[test]
fn every_page_says_what_carries_a_websocket() {
    for size in SIZES {
        let Some(mut terminal) = opened(&sample("wss-h2-chromium.pcapng"), size) else { return };
        terminal.keys("2").wait_for("wss h2");
        // Hello and certificate are in packets 5 and 8; the segment before has the hello's beginning.
        terminal.keys("4").wait_for("TLS 1.3  TLS_AES_128_GCM_SHA256  ALPN h2  handshake");
        terminal.wait_for("CONNECT /h2ws  :protocol websocket");
        terminal.keys("3").wait_for("TLS 1.3  TLS_AES_128_GCM_SHA256  ALPN h2  HTTP/2 stream 3");
        terminal.keys("q");
        is_given_back(&mut terminal);

        let Some(mut terminal) = opened(&sample("wss-h2-chromium.pcapng"), size) else { return };
        terminal.keys("6").wait_for("certificate     lab.example, 10.77.0.2");
        terminal.wait_for("issued by       lab.example, itself");
        terminal.keys("jjjjjj").wait_for("HTTP/2 stream 3");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}

#[test]
fn tls_without_keys_says_how_to_get_them() {
    for size in SIZES {
        let Some(mut terminal) = opened("tests/data/tls/wss-tls12-rsa-cbc-sha1.pcap", size) else { return };
        terminal.wait_for("1 TLS connection by all appearances WebSocket");
        terminal.wait_for("sockeye keys-howto says how to get keys");
        terminal.keys("2").wait_for("no keys");
        terminal.keys("6").wait_for("behaves like a WebSocket");
        terminal.wait_for("its keys are not known: `sockeye keys-howto` says how to get them");
        terminal.keys("q");
        is_given_back(&mut terminal);
    }
}
