//! What is said of WebSockets inside TLS and HTTP/2, and of TLS without keys. What is right was read with another analyser from
//! the samples and their keys: suites, names, alerts and resets (tests/data/tls/README.md has what the peers said).

use assert_cmd::Command;
use serde_json::{Value, json};

const WSS: &str = "samples/wss-tls13.pcapng";
const H2: &str = "samples/wss-h2-chromium.pcapng";
const H2C: &str = "tests/data/tls/h2c-rfc8441.pcap";

/// What is printed, and what is complained of.
fn both(args: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let command = command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("SSLKEYLOGFILE").args(args);
    let output = command.timeout(std::time::Duration::from_secs(60)).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{args:?}: {err}");
    (out, err)
}

fn sockeye(args: &[&str]) -> String {
    both(args).0
}

fn connections(file: &str) -> Vec<Value> {
    let text = sockeye(&["connections", "--format", "jsonl", file]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_says_what_carries_a_connection() {
    let [wss] = &connections(WSS)[..] else { panic!() };
    let alert = |by: &str, packet: u64| json!({"by": by, "level": "warning", "name": "close_notify", "packet": packet});
    let tls = &wss["tls"];
    assert_eq!(tls["alerts"], json!([alert("server", 22), alert("client", 25)]));
    let names = json!(["lab.example", "10.77.0.2"]);
    let said = |tls: &Value| ["version", "suite", "sni", "alpn"].map(|name| tls[name].clone());
    assert_eq!(said(tls), [json!("TLS 1.3"), json!("TLS_AES_256_GCM_SHA384"), Value::Null, Value::Null]);
    assert_eq!((&tls["certificate"], &tls["closed"], wss.get("http2")), (&names, &json!(0), None));

    let [h2] = &connections(H2)[..] else { panic!() };
    let tls = &h2["tls"];
    assert_eq!(said(tls), [json!("TLS 1.3"), json!("TLS_AES_128_GCM_SHA256"), Value::Null, json!("h2")]);
    let end = json!({"by": "client", "reset": 8, "name": "CANCEL"});
    assert_eq!(h2["http2"], json!({"stream": 3, "connect_protocol": true, "end": end, "others": 2}));
    assert_eq!((&h2["host"], &h2["stream"]), (&json!("10.77.0.2:9501"), &json!(3)));

    let clear = connections(H2C);
    assert!(clear.iter().all(|socket| socket.get("tls").is_none()));
    let streams: Vec<_> = clear.iter().map(|socket| socket["http2"]["stream"].as_u64()).collect();
    assert_eq!(streams, [Some(1), Some(3)]);
}

/// A record was opened for every frame, and for the handshake and the close besides.
#[test]
fn records_are_counted_up_to_the_end_of_a_stream() {
    let [h2] = &connections(H2)[..] else { panic!() };
    let frames = h2["frames"].as_u64().unwrap();
    assert!(h2["tls"]["opened"].as_u64().unwrap() > frames, "{}", h2["tls"]);
}

#[test]
fn fields_of_what_carries_a_connection_have_their_other_names_too() {
    let print = |file: &str, names: &[&str]| {
        let named = names.iter().flat_map(|name| ["-e", name]);
        sockeye(&[&["connections", file][..], &named.collect::<Vec<_>>()].concat())
    };
    let names = ["tls.version", "tls.suite", "tls.alpn", "tls.certificate", "http2.stream", "http2.end.name"];
    assert_eq!(print(H2, &names), "TLS 1.3\tTLS_AES_128_GCM_SHA256\th2\tlab.example,10.77.0.2\t3\tCANCEL\n");
    assert_eq!(print(H2, &["tls.handshake.ciphersuite", "http2.streamid"]), "TLS_AES_128_GCM_SHA256\t3\n");
    assert_eq!(print(WSS, &["tls.alerts", "http2.stream", "tls.sni"]), "close_notify,close_notify\t\t\n");
    assert_eq!(print(H2C, &["tls.version", "http2.end.by"]), "\tclient\n\tclient\n");
}

/// A connection whose WebSocket was one stream of it, and ended before it, is no other.
#[test]
fn a_connection_is_counted_once() {
    let text = sockeye(&["stats", H2]);
    assert!(text.contains("connections   2 TCP\nWebSockets    1: 1 by handshake\n"), "{text}");
    assert!(text.contains("others        1: 1 TLS\n"), "{text}");
}
