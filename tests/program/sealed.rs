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

    // As tshark prints the fields x509sat.uTF8String and x509af.utcTime.
    let [issuer, subject] = [json!("lab.example"), json!("lab.example")];
    assert_eq!((&tls["certificate_issuer"], &tls["certificate_subject"]), (&issuer, &subject));
    let valid = ["certificate_not_before", "certificate_not_after"].map(|name| tls[name].clone());
    assert_eq!(valid, [json!("2026-11-22T06:27:05Z"), json!("2036-11-19T06:27:05Z")]);
    assert_eq!((&tls["certificate_self_issued"], tls.get("ech")), (&json!(true), None));

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

/// What a hello in the clear hides, with and without the keys (tests/data/tls/README.md).
#[test]
fn json_says_what_a_hello_hides() {
    let said = |name: &str, keys: &[&str]| {
        let file = |end: &str| format!("tests/data/tls/ech-{name}.{end}");
        let options = keys.iter().flat_map(|keys| ["--keylog".to_owned(), file(keys)]);
        let args: Vec<String> = ["connections", "--all", "--format", "jsonl"].map(String::from).into();
        let args: Vec<String> = args.into_iter().chain(options).chain([file("pcap")]).collect();
        let text = sockeye(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let tls = serde_json::from_str::<Value>(&text).unwrap()["tls"].clone();
        (tls["sni"].clone(), tls["ech"]["accepted"].clone(), tls["ech"]["opened"].clone())
    };
    let [cover, secret] = [json!("cover.example"), json!("secret.example")];
    for name in ["accepted", "retry", "chacha"] {
        assert_eq!(said(name, &["keys", "ech.keys"]), (secret.clone(), json!(true), json!(true)), "{name}");
        assert_eq!(said(name, &["keys"]), (Value::Null, json!(true), json!(false)), "{name}");
        assert_eq!(said(name, &[]), (cover.clone(), Value::Null, json!(false)), "{name}");
    }
    assert_eq!(said("rejected", &["keys"]), (cover, json!(false), json!(false)));

    let select = |filter: &str| {
        let args = ["connections", "--all", "-Y", filter, "-e", "n", "-e", "tls.ech.public_name"];
        let keys = ["--keylog", "tests/data/tls/ech-accepted.keys", "tests/data/tls/ech-accepted.pcap"];
        sockeye(&[&args[..], &keys].concat())
    };
    assert_eq!(select("ws.tls.ech.accepted && ws.tls.ech.public_name == \"cover.example\""), "0\tcover.example\n");
    assert_eq!(
        select("ws.tls.certificate.not_after > \"2049\" && ws.tls.certificate.not_after < \"2050\""),
        "0\tcover.example\n"
    );
    assert_eq!(select("ws.tls.certificate.issuer != \"secret.example\""), "");
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
    // The other one was opened, and held nothing.
    assert!(text.contains("others        1: 1 without payload\n"), "{text}");
}

/// Five frames a side, and no keys: the hint says how to get them. The suite and the name are in the hellos.
#[test]
fn tls_without_keys_that_behaves_like_a_websocket_is_listed() {
    let file = "tests/data/tls/wss-tls12-rsa-cbc-sha1.pcap";
    let [row] = &connections(file)[..] else { panic!() };
    assert_eq!((&row["evidence"], &row["frames"], &row["uri"]), (&json!("tls"), &json!(0), &Value::Null));
    let confidence = row["confidence"].as_f64().unwrap();
    assert!((0.3..1.0).contains(&confidence), "{confidence}");
    let tls = &row["tls"];
    assert_eq!((&tls["version"], &tls["suite"]), (&json!("TLS 1.2"), &json!("TLS_RSA_WITH_AES_128_CBC_SHA")));
    // Before TLS 1.3 the certificate is not sealed.
    assert_eq!((&tls["certificate"], &tls["opened"]), (&json!(["lab.example", "10.77.0.2"]), &json!(0)));
    assert!(tls["guess"].as_str().unwrap().contains("5 small records from the client and 5 from the server"), "{tls}");
    let (text, said) = both(&["connections", file]);
    assert!(
        text.contains("perhaps WebSocket") && said.contains("`sockeye keys-howto` says how to get them"),
        "{text}{said}"
    );
    let stats = sockeye(&["stats", file]);
    assert!(stats.contains("WebSockets    0; 1 in TLS, by its behaviour\nothers        1: 1 TLS\n"), "{stats}");
    let follow = sockeye(&["follow", file, "0"]);
    assert!(
        follow.contains("TLS 1.2  TLS_RSA_WITH_AES_128_CBC_SHA\nbehaves like a WebSocket, which is a guess ("),
        "{follow}"
    );
    let lint = both(&["lint", file]).0;
    assert!(lint.starts_with("0 errors, 0 warnings, 0 notes;"), "{lint}");
}

/// The client has refused the server's hello: nothing was said inside.
#[test]
fn all_tls_is_listed_where_it_is_asked_for() {
    let file = "tests/data/tls/ech-rejected.pcap";
    assert_eq!(sockeye(&["connections", file]), "");
    let fields = ["-e", "evidence", "-e", "tls.sni", "-e", "tls.version", "-e", "tls.bytes.client", "-e", "tls.guess"];
    let all = sockeye(&[&["connections", "--all", file][..], &fields].concat());
    assert_eq!(all, "tls\tcover.example\tTLS 1.3\t537\t\n");
    // The other connection of the browser: opened, and nothing in it.
    let all = sockeye(&["connections", "--all", H2, "-e", "n", "-e", "evidence", "-e", "tls.alpn", "-e", "tls.closed"]);
    assert_eq!(all, "0\thandshake\th2\t0\n1\ttls\th2\t0\n");
}

#[test]
fn text_says_what_carries_a_websocket() {
    let line = sockeye(&["connections", "--width", "0", WSS]);
    assert!(
        line.contains("  wss  10.77.0.2:9443/secure  permessage-deflate  TLS 1.3 AES_256_GCM_SHA384  close"),
        "{line}"
    );
    assert!(sockeye(&["connections", H2]).contains("  wss h2  /h2ws  "));
    assert!(sockeye(&["connections", H2C]).contains("  h2  10.77.0.2:9500/chat1  "));
    let stats = sockeye(&["stats", H2]);
    assert!(stats.contains("WebSockets    1: 1 by handshake\n  inside      1 TLS 1.3, 1 HTTP/2\n"), "{stats}");
    let follow = sockeye(&["follow", H2, "0s3"]);
    let start = "connection 0s3  10.77.0.1:33898 → 10.77.0.2:9501\n\
                 TLS 1.3  TLS_AES_128_GCM_SHA256  ALPN h2\n\
                 HTTP/2 stream 3\n\n\
                 → CONNECT /h2ws HTTP/2\n  :method: CONNECT\n  :authority: 10.77.0.2:9501\n  :scheme: https\n  :path: /h2ws\n  :protocol: websocket\n";
    assert!(follow.starts_with(start), "{follow}");
}

#[test]
fn an_extended_connect_is_explained_by_its_rfc() {
    let text = sockeye(&["explain", &format!("{H2}#c0s3")]);
    for clause in ["asks for /h2ws by extended CONNECT", "RFC 8441 4\n", "no key and no answer to it", "RFC 8441 5\n"] {
        assert!(text.contains(clause), "{clause}: {text}");
    }
    assert!(
        !text.contains("Sec-WebSocket-Accept") && text.contains("\nTLS 1.3  TLS_AES_128_GCM_SHA256  ALPN h2\n"),
        "{text}"
    );
}
