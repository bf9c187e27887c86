//! WebSockets inside TLS and HTTP/2, between programs that share no code with this project: rustls, tungstenite, hyper.
//!
//! Both peers run in the test, with a tap between them (`tests/tap`); the client's key log is what opens what passed. What is true is
//! what the peers sent and received.
#![cfg(target_os = "linux")]

mod build;
mod tap;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use build::Found;
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, ServerConfig, SupportedCipherSuite};
use sockeye::base::{Direction, SecretLog, Secrets};
use sockeye::dissect::Options;
use tap::{Tape, block_on, tapped, wire};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// The key log of a client.
#[derive(Debug, Default)]
struct Kept(Mutex<String>);

impl Kept {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl rustls::KeyLog for Kept {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.0.lock().unwrap().push_str(&format!("{label} {} {}\n", hex(client_random), hex(secret)));
    }
}

/// Whether the ciphers that the peers have run here.
fn they_run() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let all = has!("adx") && has!("aes") && has!("avx2") && has!("bmi1") && has!("bmi2") && has!("pclmulqdq");
        if !all {
            eprintln!("SKIPPED: graviola does not run on this processor");
        }
        all
    }
    #[cfg(not(target_arch = "x86_64"))]
    cfg!(target_arch = "aarch64")
}

/// Both sides' configurations, for one suite or for all.
fn configured(suite: Option<SupportedCipherSuite>, protocols: &[&[u8]]) -> (ClientConfig, ServerConfig, Arc<Kept>) {
    let mut provider: CryptoProvider = rustls_graviola::default_provider();
    let mut versions = rustls::ALL_VERSIONS.to_vec();
    if let Some(suite) = suite {
        provider.cipher_suites = vec![suite];
        versions.retain(|version| version.version == suite.version().version);
    }
    let provider = Arc::new(provider);
    let (certificate, key) = match suite.is_some_and(|suite| format!("{suite:?}").contains("_RSA_")) {
        true => (&include_bytes!("live/data/rsa-certificate.der")[..], &include_bytes!("live/data/rsa-key.der")[..]),
        false => {
            (&include_bytes!("live/data/ecdsa-certificate.der")[..], &include_bytes!("live/data/ecdsa-key.der")[..])
        }
    };
    let certificate = CertificateDer::from(certificate.to_vec());
    let key = PrivateKeyDer::Pkcs8(key.to_vec().into());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let protocols: Vec<Vec<u8>> = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let kept = Arc::new(Kept::default());
    let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.key_log = Arc::clone(&kept) as Arc<dyn rustls::KeyLog>;
    client.alpn_protocols.clone_from(&protocols);
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    server.alpn_protocols = protocols;
    (client, server, kept)
}

async fn shaken(
    tape: &Tape,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
) -> (client::TlsStream<DuplexStream>, server::TlsStream<DuplexStream>) {
    let (near, far) = tapped(tape);
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(client).connect(name, near);
    let (client, server) = futures_util::future::join(connecting, TlsAcceptor::from(server).accept(far)).await;
    (client.unwrap(), server.unwrap())
}

fn messages() -> Vec<Message> {
    let text = |len: usize| Message::text("déjà vu ☃ ".chars().cycle().take(len).collect::<String>());
    let binary = |len: usize| Message::binary((0..len).map(|i| (i * i / 3 % 256) as u8).collect::<Vec<_>>());
    vec![text(5), binary(0), text(120), binary(1_000), binary(16_384), text(30_000), binary(70_000), text(1)]
}

/// Opcode and payload, as a peer knows a message.
type Said = (u8, Vec<u8>);

fn said(message: &Message) -> Said {
    (if message.is_text() { 1 } else { 2 }, message.clone().into_data().to_vec())
}

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) {
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Sends each message and waits for its echo; before each, `then` may do something to the connection.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    mut then: impl FnMut(&mut S, usize),
) -> Vec<Said> {
    let mut back = Vec::new();
    for (n, message) in messages().into_iter().enumerate() {
        then(socket.get_mut(), n);
        socket.send(message).await.unwrap();
        back.push(said(&socket.next().await.unwrap().unwrap()));
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    back
}

/// A conversation over HTTP/1.1 and TLS; `then` is done to the client's connection before each message.
fn talk(
    tape: &Tape,
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    mut then: impl FnMut(&mut rustls::ClientConnection, usize),
) -> Vec<Said> {
    block_on(async {
        let (client, server) = shaken(tape, Arc::clone(client), Arc::clone(server)).await;
        let server = tokio::task::spawn_local(async move {
            echo(tokio_tungstenite::accept_async(server).await.unwrap()).await;
        });
        let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/chat", client).await.unwrap();
        let back = converse(&mut socket, |stream, n| then(stream.get_mut().1, n)).await;
        drop(socket);
        server.await.unwrap();
        back
    })
}

fn dissected(tape: &Tape, seed: u64, keys: &str, after: u64) -> Found {
    let secrets = SecretLog::default();
    secrets.expect_more();
    secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: keys.as_bytes().to_vec(), after });
    wire(tape, seed).dissect_with(Options { secrets, ..Options::default() })
}

fn found_by(found: &Found, by: Direction) -> Vec<Said> {
    found.messages_by(by).map(|message| (message.opcode, message.payload.clone())).collect()
}

#[track_caller]
fn same(found: &Found, back: &[Said], what: &str) {
    let sent: Vec<Said> = messages().iter().map(said).collect();
    assert!(sent == back, "{what}: the peers understood each other");
    for (by, expected) in [(Direction::Client, sent.as_slice()), (Direction::Server, back)] {
        let found = found_by(found, by);
        let sizes = |list: &[Said]| list.iter().map(|(_, payload)| payload.len()).collect::<Vec<_>>();
        assert!(found == expected, "{what}, {by:?}: found {:?}, said {:?}", sizes(&found), sizes(expected));
    }
}

#[test]
fn every_suite_opens() {
    if !they_run() {
        return;
    }
    for suite in rustls_graviola::default_provider().cipher_suites {
        let (client, server, kept) = configured(Some(suite), &[]);
        let tape = Tape::default();
        let back = talk(&tape, &Arc::new(client), &Arc::new(server), |_, _| {});
        for seed in 1..=2 {
            same(&dissected(&tape, seed, &kept.text(), 0), &back, &format!("{suite:?}"));
        }
    }
}

#[test]
fn resumed_connections_open() {
    if !they_run() {
        return;
    }
    for (version, tickets) in
        [(ProtocolVersion::TLSv1_2, false), (ProtocolVersion::TLSv1_2, true), (ProtocolVersion::TLSv1_3, false)]
    {
        let provider = rustls_graviola::default_provider();
        let suite = provider.cipher_suites.into_iter().find(|suite| suite.version().version == version);
        let (client, mut server, kept) = configured(suite, &[]);
        if tickets {
            server.ticketer = rustls_graviola::Ticketer::new().unwrap();
        }
        let (client, server) = (Arc::new(client), Arc::new(server));
        let mut kinds = Vec::new();
        for n in 0..3 {
            let tape = Tape::default();
            let mut kind = None;
            let back = talk(&tape, &client, &server, |connection, _| kind = connection.handshake_kind());
            kinds.push(kind.unwrap());
            same(&dissected(&tape, n, &kept.text(), 0), &back, &format!("{version:?}, connection {n}"));
        }
        use rustls::HandshakeKind::{Full, Resumed};
        assert_eq!(kinds, [Full, Resumed, Resumed], "{version:?}");
    }
}

#[test]
fn keys_change_as_often_as_somebody_likes() {
    if !they_run() {
        return;
    }
    let (client, server, kept) = configured(None, &[]);
    let tape = Tape::default();
    let back = talk(&tape, &Arc::new(client), &Arc::new(server), |connection, n| {
        // Several at once too, and each asks the server for one of its own.
        for _ in 0..[0, 1, 3, 0, 1, 2, 7, 1][n] {
            connection.refresh_traffic_keys().unwrap();
        }
    });
    for seed in 1..=3 {
        same(&dissected(&tape, seed, &kept.text(), 0), &back, "new keys");
    }
}

#[test]
fn half_a_key_log_and_a_wrong_one_and_a_late_one() {
    if !they_run() {
        return;
    }
    let (client, server, kept) = configured(None, &[]);
    let tape = Tape::default();
    let back = talk(&tape, &Arc::new(client), &Arc::new(server), |_, _| {});
    let text = kept.text();
    let only = |beginning: &str| -> String {
        text.lines().filter(|line| line.starts_with(beginning)).map(|line| format!("{line}\n")).collect()
    };
    // Of one side alone nothing is made up for the other.
    for (beginning, closed) in [("CLIENT", Direction::Server), ("SERVER", Direction::Client)] {
        let found = dissected(&tape, 1, &only(beginning), 0);
        assert_eq!(found_by(&found, closed), [], "{beginning}");
    }
    let wrong: String = text.lines().map(|line| format!("{}00\n", &line[..line.len() - 2])).collect();
    assert_ne!(wrong, text);
    assert_eq!(dissected(&tape, 1, &wrong, 0).messages, []);
    assert_eq!(dissected(&tape, 1, "", 0).messages, []);
    // As a live capture has it: the log a little behind the packets.
    for after in [1, 3, 5, 8, 12, 20] {
        same(&dissected(&tape, 7, &text, after), &back, &format!("keys after packet {after}"));
    }
}

/// Answers extended CONNECT with an echo, and any other request with a word.
async fn serve_h2(io: server::TlsStream<DuplexStream>) {
    let answer = |mut request: Request<Incoming>| async move {
        if request.method() == Method::CONNECT && request.extensions().get::<hyper::ext::Protocol>().is_some() {
            tokio::task::spawn(async move {
                let upgraded = TokioIo::new(hyper::upgrade::on(&mut request).await.unwrap());
                echo(WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await).await;
            });
        }
        Ok::<_, Infallible>(Response::new(String::new()))
    };
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder.enable_connect_protocol();
    let _ = builder.serve_connection(TokioIo::new(io), service_fn(answer)).await;
}

#[test]
fn websockets_over_http2_open_each_by_itself() {
    if !they_run() {
        return;
    }
    let (client, server, kept) = configured(None, &[b"h2"]);
    let tape = Tape::default();
    let backs = block_on(async {
        let (client, server) = shaken(&tape, Arc::new(client), Arc::new(server)).await;
        let serving = tokio::task::spawn_local(serve_h2(server));
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await.unwrap();
        let driving = tokio::task::spawn_local(connection);
        let request = |method: Method| Request::builder().method(method).uri("https://localhost/chat");
        // The server's settings are known when the first answer is.
        let page = request(Method::GET).body(String::new()).unwrap();
        assert_eq!(sender.send_request(page).await.unwrap().status(), 200);
        let mut sockets = Vec::new();
        for _ in 0..3 {
            let ask = request(Method::CONNECT)
                .extension(hyper::ext::Protocol::from_static("websocket"))
                .header("sec-websocket-version", "13")
                .body(String::new())
                .unwrap();
            let mut answer = sender.send_request(ask).await.unwrap();
            assert_eq!(answer.status(), 200);
            let upgraded = TokioIo::new(hyper::upgrade::on(&mut answer).await.unwrap());
            sockets.push(WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await);
        }
        // All at once: their frames mix on the connection.
        let talks = sockets.iter_mut().map(|socket| converse(socket, |_, _| {}));
        let backs = futures_util::future::join_all(talks).await;
        drop((sockets, sender));
        let _ = driving.await;
        let _ = serving.await;
        backs
    });
    let sent: Vec<Said> = messages().iter().map(said).collect();
    assert!(backs.iter().all(|back| *back == sent), "the peers understood each other");
    for seed in 1..=3 {
        let found = dissected(&tape, seed, &kept.text(), 0);
        assert_eq!(found.connections.len(), 3, "seed {seed}");
        for by in [Direction::Client, Direction::Server] {
            let mut all = found_by(&found, by);
            let mut expected: Vec<Said> = (0..3).flat_map(|_| sent.clone()).collect();
            all.sort_unstable();
            expected.sort_unstable();
            assert!(all == expected, "seed {seed}, {by:?}: {} messages", all.len());
        }
    }
}
