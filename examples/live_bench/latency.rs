//! From a message being sent to its line being printed.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::{self, Message};

use crate::Program;

/// Measures at several rates.
pub fn measure(sockeye: &str) {
    println!("| messages a second | from send to printed line: median | 99th percentile | slowest |");
    println!("|---|---|---|---|");
    for (rate, count) in [(100, 1_000), (1_000, 10_000), (10_000, 50_000)] {
        let mut times = at(sockeye, rate, count);
        times.sort_unstable();
        let share = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of a count"
            )]
            let index = ((times.len() - 1) as f64 * share) as usize;
            format!("{:.2} ms", times[index].as_secs_f64() * 1000.0)
        };
        println!("| {rate} | {} | {} | {} |", share(0.5), share(0.99), share(1.0));
    }
}

/// Times of `count` messages, sent at `rate` a second over the loopback interface.
fn at(sockeye: &str, rate: u32, count: usize) -> Vec<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let server = spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut socket = tungstenite::accept(stream).expect("a handshake");
        while socket.read().is_ok() {}
    });
    let filter = format!("tcp port {port}");
    let command = [sockeye, "live", "lo", "-f", &filter, "-e", "payload"];
    let mut program = Program::start(&command, Stdio::piped(), "listening on").expect("sockeye runs");
    let lines = program.child.stdout.take().expect("piped");
    let sent: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let known = Arc::clone(&sent);
    let reader = spawn(move || {
        let mut times = Vec::new();
        for line in BufReader::new(lines).lines() {
            let now = Instant::now();
            let line = line.expect("text");
            let Some(number) = line.strip_prefix("number ").and_then(|number| number.parse::<usize>().ok()) else {
                continue;
            };
            times.push(now - known.lock().expect("no panic")[number]);
            if times.len() == count {
                break;
            }
        }
        times
    });
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server");
    stream.set_nodelay(true).expect("a socket");
    let (mut socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}/"), stream).expect("a handshake");
    let start = Instant::now();
    for number in 0..count {
        let due = start + Duration::from_secs(1) * u32::try_from(number).expect("few") / rate;
        sleep(due.saturating_duration_since(Instant::now()));
        sent.lock().expect("no panic").push(Instant::now());
        socket.send(Message::text(format!("number {number}"))).expect("the server reads");
    }
    let times = reader.join().expect("no panic");
    program.end();
    drop(socket);
    server.join().expect("no panic");
    times
}
