//! Programs that share no code with this project talk to each other; what they said is compared, frame for frame, with
//! what is found in a capture of it. The traffic is that of the Autobahn test suite: every form of length, fragments of
//! many sizes with pings between them, close codes, permessage-deflate with every combination of parameters.
//!
//! Both peers run in the test. Between them a tap takes down what passes; the test cuts it into TCP segments anywhere
//! and writes them into a pcap. What is true is what the peers sent and received, not what the tap saw.
#![cfg(target_os = "linux")]

mod build;
mod tap;

use std::convert::Infallible;

use build::Found;
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sockeye::base::Direction;
use tap::{Dice, Tape, block_on, found, tapped};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use yawc::{Options, WebSocket};

/// A frame as a peer knows it: opcode, FIN, payload.
type Said = (u8, bool, Vec<u8>);

fn frames(found: &Found, by: Direction) -> Vec<Said> {
    found.frames_by(by).map(|frame| (frame.opcode, frame.fin, frame.payload.clone())).collect()
}

#[track_caller]
fn same(found: &[Said], said: &[Said], what: &str) {
    for (n, (found, said)) in found.iter().zip(said).enumerate() {
        assert!(
            found == said,
            "{what} {n}: found {} {} of {} bytes, said {} {} of {}",
            found.0,
            found.1,
            found.2.len(),
            said.0,
            said.1,
            said.2.len()
        );
    }
    assert_eq!(found.len(), said.len(), "{what}");
}

/// Whole messages out of frames.
fn joined(frames: &[Said]) -> Vec<(u8, Vec<u8>)> {
    let mut messages: Vec<(u8, Vec<u8>)> = Vec::new();
    for (opcode, _, payload) in frames.iter().filter(|(opcode, ..)| *opcode < 8) {
        match (opcode, messages.last_mut()) {
            (0, Some(message)) => message.1.extend(payload),
            _ => messages.push((*opcode, payload.clone())),
        }
    }
    messages
}

fn messages(found: &Found, by: Direction) -> Vec<(u8, Vec<u8>)> {
    found.messages_by(by).map(|message| (message.opcode, message.payload.clone())).collect()
}

/// The payload sizes of Autobahn's cases 1.*.
const SIZES: [usize; 8] = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537];

fn text(len: usize) -> Vec<u8> {
    let mut text: Vec<u8> = "déjà vu ☃ 😀 ".bytes().cycle().take(len.saturating_sub(len % 4)).collect();
    // A code point cut at the end makes way for letters.
    while std::str::from_utf8(&text).is_err() {
        text.pop();
    }
    text.resize(len, b'.');
    text
}

fn binary(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * i / 3 % 256) as u8).collect()
}

/// What a client sends: each message whole, then in fragments, pings between them.
fn script() -> Vec<Said> {
    let mut said = Vec::new();
    for len in SIZES {
        said.push((1, true, text(len)));
        said.push((2, true, binary(len)));
    }
    for (len, fragment) in [(127, 1), (1000, 64), (65_536, 1000), (65_536, 4096), (131_072, 65_536), (5, 9)] {
        let whole = text(len);
        let parts: Vec<&[u8]> = whole.chunks(fragment).collect();
        for (n, part) in parts.iter().enumerate() {
            said.push((u8::from(n == 0), n + 1 == parts.len(), part.to_vec()));
            if n % 7 == 3 {
                said.push((9, true, format!("between, {n}").into_bytes()));
            }
        }
    }
    // Empty fragments at the start, in the middle and at the end; the longest control frame there may be.
    said.extend([(2, false, vec![]), (0, false, b"x".to_vec()), (0, false, vec![]), (9, true, binary(125))]);
    said.extend([(0, false, b"y".to_vec()), (0, true, vec![]), (10, true, b"unasked".to_vec())]);
    said
}

fn raw(said: &Said) -> Frame {
    let (opcode, fin, payload) = said.clone();
    let kind = match opcode {
        0 => Data::Continue,
        1 => Data::Text,
        2 => Data::Binary,
        9 => return Frame::ping(payload),
        _ => return Frame::pong(payload),
    };
    Frame::message(payload, OpCode::Data(kind), fin)
}

/// What a peer was given, as the one frame that it came in.
fn of_message(message: &Message) -> Said {
    match message {
        Message::Text(text) => (1, true, text.as_bytes().to_vec()),
        Message::Binary(bytes) => (2, true, bytes.to_vec()),
        Message::Ping(bytes) => (9, true, bytes.to_vec()),
        Message::Pong(bytes) => (10, true, bytes.to_vec()),
        Message::Close(frame) => (8, true, frame.as_ref().map_or(vec![], close_payload)),
        Message::Frame(_) => unreachable!("not given to readers"),
    }
}

fn close_payload(frame: &CloseFrame) -> Vec<u8> {
    [&u16::from(frame.code).to_be_bytes()[..], frame.reason.as_bytes()].concat()
}

/// Sends back every message; gives the messages it has read.
async fn echo(io: DuplexStream) -> Vec<(u8, Vec<u8>)> {
    let mut socket = tokio_tungstenite::accept_async(io).await.unwrap();
    let mut read = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            let (opcode, _, payload) = of_message(&message);
            read.push((opcode, payload));
            socket.send(message).await.unwrap();
        }
    }
    read
}

/// Sends the script and a close; gives what came back, frame by frame.
async fn talk(io: DuplexStream, script: &[Said], close: Option<CloseFrame>) -> Vec<Said> {
    let (socket, _) = tokio_tungstenite::client_async("ws://peer.example/autobahn", io).await.unwrap();
    let (mut sink, mut stream) = WebSocketStream::split(socket);
    let sending = async {
        for said in script {
            sink.send(Message::Frame(raw(said))).await.unwrap();
        }
        sink.send(Message::Close(close)).await.unwrap();
    };
    let reading = async {
        let mut back = Vec::new();
        while let Some(Ok(message)) = stream.next().await {
            back.push(of_message(&message));
        }
        back
    };
    futures_util::future::join(sending, reading).await.1
}

#[test]
fn every_length_and_fragment_of_a_plain_conversation() {
    let (tape, script) = (Tape::default(), script());
    let close = CloseFrame { code: CloseCode::Normal, reason: "all said".into() };
    let mut said = script.clone();
    said.push((8, true, close_payload(&close)));
    let (read, back) = block_on(async {
        let (client, server) = tapped(&tape);
        let server = tokio::task::spawn_local(echo(server));
        let back = talk(client, &script, Some(close)).await;
        (server.await.unwrap(), back)
    });
    // The peers understood each other.
    assert!(joined(&said) == read, "the server has read what was sent");
    assert!(joined(&back) == read, "and the client what was sent back");
    for seed in 1..=3 {
        let found = found(&tape, seed);
        same(&frames(&found, Direction::Client), &said, "frame of the client");
        same(&frames(&found, Direction::Server), &back, "frame of the server");
        assert!(messages(&found, Direction::Client) == read && messages(&found, Direction::Server) == read);
        assert_eq!(found.codes(), [], "{:?}", found.notes);
        assert_eq!(found.connections[0].close.as_ref().map(|close| close.code), Some(Some(1000)));
    }
}

#[test]
fn every_close_code_a_peer_may_send() {
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999];
    for code in codes {
        let tape = Tape::default();
        let reason = if code % 2 == 0 { "à bientôt" } else { "" };
        let close = CloseFrame { code: code.into(), reason: reason.into() };
        let said = vec![(1, true, b"before".to_vec()), (8, true, close_payload(&close))];
        let back = block_on(async {
            let (client, server) = tapped(&tape);
            tokio::task::spawn_local(echo(server));
            talk(client, &said[..1], Some(close)).await
        });
        let found = found(&tape, u64::from(code));
        same(&frames(&found, Direction::Client), &said, "frame of the client");
        same(&frames(&found, Direction::Server), &back, "frame of the server");
        assert_eq!(found.codes(), [], "{code}: {:?}", found.notes);
        let close = found.connections[0].close.clone().unwrap();
        assert_eq!((close.code, close.reason.as_str(), close.by), (Some(code), reason, Direction::Client));
    }
}

/// Sends back every message, compressed if that was agreed on.
async fn echo_deflated(io: DuplexStream, options: Options) {
    let answer = |mut request: Request<Incoming>| {
        let options = options.clone();
        async move {
            let (response, upgrade) = WebSocket::upgrade_with_options(&mut request, options).unwrap();
            tokio::task::spawn_local(async move {
                let mut socket = upgrade.await.unwrap();
                while let Some(frame) = socket.next().await {
                    let back = match frame.opcode() {
                        yawc::OpCode::Text => yawc::Frame::text(frame.into_payload()),
                        yawc::OpCode::Binary => yawc::Frame::binary(frame.into_payload()),
                        _ => continue,
                    };
                    if socket.send(back).await.is_err() {
                        break;
                    }
                }
            });
            Ok::<Response<_>, Infallible>(response)
        }
    };
    let server = hyper::server::conn::http1::Builder::new();
    let _ = server.serve_connection(TokioIo::new(io), service_fn(answer)).with_upgrades().await;
}

/// Messages that compress well and badly, that repeat what was said near and far before.
fn compressible() -> Vec<(u8, Vec<u8>)> {
    let mut dice = Dice(7);
    let noise: Vec<u8> = (0..40_000).map(|_| dice.up_to(256) as u8).collect();
    let tick = |n: usize| format!("{{\"px\":1.{:05},\"qty\":{n},\"sym\":\"EURUSD\"}}", n * 7919 % 100_000).into_bytes();
    let mut messages: Vec<(u8, Vec<u8>)> = (0..20).map(|n| (1, tick(n))).collect();
    messages.extend(SIZES.map(|len| (1, text(len))));
    messages.extend([(2, noise.clone()), (2, noise[..5000].to_vec()), (1, tick(3)), (2, noise), (1, tick(3))]);
    messages
}

async fn talk_deflated(io: DuplexStream, options: Options, messages: &[(u8, Vec<u8>)]) -> Vec<(u8, Vec<u8>)> {
    let url = "ws://peer.example/deflate".parse().unwrap();
    let mut socket = WebSocket::handshake(url, io, options).await.unwrap();
    let mut back = Vec::new();
    for (opcode, payload) in messages {
        let frame = match opcode {
            1 => yawc::Frame::text(payload.clone()),
            _ => yawc::Frame::binary(payload.clone()),
        };
        socket.send(frame).await.unwrap();
        let frame = socket.next().await.expect("an echo");
        let opcode = if frame.opcode() == yawc::OpCode::Text { 1 } else { 2 };
        back.push((opcode, frame.into_payload().to_vec()));
    }
    socket.send(yawc::Frame::close(yawc::close::CloseCode::Normal, "all said")).await.unwrap();
    while socket.next().await.is_some() {}
    back
}

#[test]
fn every_combination_of_deflate_parameters() {
    let messages = compressible();
    let mut tried = 0;
    for combination in 0..64u32 {
        let window = |which: u32| [None, Some(9), Some(12), Some(15)][(which & 3) as usize];
        let (client_bits, server_bits) = (window(combination >> 2), window(combination >> 4));
        // An empty message stays as it is: this peer's deflate never comes to an end of one.
        let with = |takeovers: u32| {
            let mut options = Options::default().with_balanced_compression().with_compression_threshold(1);
            options = if takeovers & 1 != 0 { options.client_no_context_takeover() } else { options };
            options = if takeovers & 2 != 0 { options.server_no_context_takeover() } else { options };
            options = client_bits.map_or(options.clone(), |bits| options.with_client_max_window_bits(bits));
            server_bits.map_or(options.clone(), |bits| options.with_server_max_window_bits(bits))
        };
        let mut options = with(combination & 3);
        if combination % 5 == 0 {
            options = options.with_max_fragment_size(700);
        }
        let tape = Tape::default();
        let back = block_on(async {
            let (client, server) = tapped(&tape);
            tokio::task::spawn_local(echo_deflated(server, options.clone()));
            talk_deflated(client, options, &messages).await
        });
        assert!(back == messages, "the peers understood each other");
        let found = found(&tape, u64::from(combination));
        let agreed = found.connections[0].handshake.as_ref().unwrap().extensions().join(", ");
        let what = format!("combination {combination}, agreed: {agreed}");
        assert!(agreed.starts_with("permessage-deflate"), "{what}");
        let deflate = found.connections[0].handshake.as_ref().unwrap().deflate().unwrap();
        assert_eq!(deflate.takeover(Direction::Client), combination & 1 == 0, "{what}");
        assert_eq!(deflate.takeover(Direction::Server), combination & 2 == 0, "{what}");
        assert_eq!(deflate.window_bits(Direction::Client), client_bits.unwrap_or(15), "{what}");
        assert_eq!(deflate.window_bits(Direction::Server), server_bits.unwrap_or(15), "{what}");
        let fragmented = found.messages.iter().any(|message| message.frames > 1);
        assert_eq!(fragmented, combination % 5 == 0, "{what}");
        assert!(self::messages(&found, Direction::Client) == messages, "{what}: {:?}", found.notes);
        assert!(self::messages(&found, Direction::Server) == messages, "{what}: {:?}", found.notes);
        assert!(found.messages.iter().any(|message| message.compressed), "{what}");
        assert_eq!(found.codes(), [], "{what}: {:?}", found.notes);
        tried += 1;
    }
    assert_eq!(tried, 64);
}
