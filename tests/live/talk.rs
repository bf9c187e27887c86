//! Real peers: who says what is known beforehand.
//!
//! One pair speaks plain WebSocket (tokio-tungstenite), the other permessage-deflate (yawc). A client sends messages,
//! its server sends each back; both directions of a conversation hold the same messages in the same order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use yawc::{Frame, OpCode, Options, WebSocket};

use crate::link::{Pair, Space};

/// Messages sent before their echoes are waited for.
const AT_ONCE: u32 = 200;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Text(String),
    Binary(Vec<u8>),
}

/// Message `number` of every conversation: text and bytes, empty ones, every form of length.
pub fn said(number: u32) -> Said {
    let len = match number % 1000 {
        0 => 70_000,
        1..=9 => 0,
        10..=29 => 1_000,
        _ => number.wrapping_mul(2_654_435_761) >> 26,
    };
    let len = usize::try_from(len).unwrap();
    if number % 5 == 4 {
        let mixed = (0..).map(|i: u32| (number.wrapping_mul(31).wrapping_add(i.wrapping_mul(7)) >> 3).to_le_bytes()[0]);
        return Said::Binary(mixed.take(len).collect());
    }
    let text = format!("{number} déjà vu ☃ {{\"price\":{}}} ", number % 977);
    Said::Text(text.chars().cycle().take(if len == 0 { 0 } else { len.max(6) }).collect())
}

/// A server that sends everything back, at `address` in a namespace, until the test ends.
pub fn serve(space: &Space, address: &'static str, deflate: bool) {
    let (ready, is_ready) = channel();
    let space = space.clone();
    spawn(move || space.run(|| block_on(serve_all(address, deflate, ready))));
    is_ready.recv().unwrap();
}

async fn serve_all(address: &str, deflate: bool, ready: Sender<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    ready.send(()).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        if deflate {
            tokio::task::spawn_local(echo_deflated(stream));
        } else {
            tokio::task::spawn_local(echo(stream));
        }
    }
}

async fn echo(stream: TcpStream) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() || socket.send(message).await.is_err() {
            break;
        }
    }
}

async fn echo_deflated(stream: TcpStream) {
    let answer = |mut request: Request<Incoming>| async move {
        let (response, upgrade) = WebSocket::upgrade_with_options(&mut request, deflating()).unwrap();
        tokio::task::spawn_local(async move {
            let mut socket = upgrade.await.unwrap();
            while let Some(frame) = socket.next().await {
                let back = match frame.opcode() {
                    OpCode::Text => Frame::text(frame.into_payload()),
                    OpCode::Binary => Frame::binary(frame.into_payload()),
                    _ => break,
                };
                if socket.send(back).await.is_err() {
                    break;
                }
            }
        });
        Ok::<Response<_>, Infallible>(response)
    };
    let server = hyper::server::conn::http1::Builder::new();
    let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).with_upgrades().await;
}

/// A pair with a server at its left end's loopback address.
pub fn with_server() -> (Pair, Client) {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let client = Client::connect(&pair.left, "127.0.0.1:4000", false);
    (pair, client)
}

/// A client that is connected, on a thread of its own.
pub struct Client {
    wanted: Option<Sender<std::ops::Range<u32>>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Client {
    pub fn connect(space: &Space, address: &'static str, deflate: bool) -> Client {
        let (wanted, wants) = channel::<std::ops::Range<u32>>();
        let (tell, done) = channel();
        let space = space.clone();
        let thread = spawn(move || {
            space.run(move || {
                if deflate {
                    block_on(talk_deflated(address, wants, tell))
                } else {
                    block_on(talk(address, wants, tell))
                }
            });
        });
        done.recv().unwrap();
        Client { wanted: Some(wanted), done, thread: Some(thread) }
    }

    /// Says the messages of these numbers, and waits until all have come back.
    pub fn say(&self, numbers: std::ops::Range<u32>) {
        self.begin(numbers);
        self.wait();
    }

    /// Begins to say the messages of these numbers.
    pub fn begin(&self, numbers: std::ops::Range<u32>) {
        self.wanted.as_ref().unwrap().send(numbers).unwrap();
    }

    pub fn wait(&self) {
        self.done.recv().unwrap();
    }

    /// Closes the connection.
    pub fn close(mut self) {
        self.wanted = None;
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn talk(address: &str, wants: Receiver<std::ops::Range<u32>>, done: Sender<()>) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(format!("ws://{address}/plain"), stream).await.unwrap();
    done.send(()).unwrap();
    for numbers in wants {
        let mut next = numbers.start;
        while next < numbers.end {
            let some = next..numbers.end.min(next + AT_ONCE);
            for number in some.clone() {
                let message = match said(number) {
                    Said::Text(text) => Message::text(text),
                    Said::Binary(bytes) => Message::binary(bytes),
                };
                socket.feed(message).await.unwrap();
            }
            socket.flush().await.unwrap();
            for number in some.clone() {
                let back = match socket.next().await.unwrap().unwrap() {
                    Message::Text(text) => Said::Text(text.as_str().to_owned()),
                    other => Said::Binary(other.into_data().to_vec()),
                };
                assert_eq!(back, said(number), "{number}");
            }
            next = some.end;
        }
        done.send(()).unwrap();
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}

/// How the second pair compresses. Not what is empty: its compressor never ends on nothing after something.
fn deflating() -> Options {
    Options::default().with_balanced_compression().with_compression_threshold(1)
}

async fn talk_deflated(address: &str, wants: Receiver<std::ops::Range<u32>>, done: Sender<()>) {
    let address: SocketAddr = address.parse().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let url = format!("ws://{address}/deflate").parse().unwrap();
    let mut socket = WebSocket::handshake(url, stream, deflating()).await.unwrap();
    done.send(()).unwrap();
    for numbers in wants {
        let mut next = numbers.start;
        while next < numbers.end {
            let some = next..numbers.end.min(next + AT_ONCE);
            for number in some.clone() {
                let frame = match said(number) {
                    Said::Text(text) => Frame::text(text),
                    Said::Binary(bytes) => Frame::binary(bytes),
                };
                socket.feed(frame).await.unwrap();
            }
            socket.flush().await.unwrap();
            for number in some.clone() {
                let frame = socket.next().await.unwrap();
                let back = match frame.opcode() {
                    OpCode::Text => Said::Text(frame.as_str().to_owned()),
                    _ => Said::Binary(frame.into_payload().to_vec()),
                };
                assert_eq!(back, said(number), "{number}");
            }
            next = some.end;
        }
        done.send(()).unwrap();
    }
    let _ = socket.close().await;
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future);
}
