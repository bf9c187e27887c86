//! A tap between two peers that run in a test: what passes, cut into TCP segments anywhere.

use std::cell::RefCell;
use std::rc::Rc;

use crate::build::{By, Found, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};

/// What passed the tap, in the order in which it passed.
pub type Tape = Rc<RefCell<Vec<(By, Vec<u8>)>>>;

/// Two ends of a connection with a tap between them.
pub fn tapped(tape: &Tape) -> (DuplexStream, DuplexStream) {
    let (client, near) = tokio::io::duplex(1 << 20);
    let (far, server) = tokio::io::duplex(1 << 20);
    let ((near_read, near_write), (far_read, far_write)) = (tokio::io::split(near), tokio::io::split(far));
    tokio::task::spawn_local(pass(By::Client, near_read, far_write, Rc::clone(tape)));
    tokio::task::spawn_local(pass(By::Server, far_read, near_write, Rc::clone(tape)));
    (client, server)
}

async fn pass(by: By, mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>, tape: Tape) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        tape.borrow_mut().push((by, buffer[..len].to_vec()));
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}

/// A sequence that looks random and is always the same.
pub struct Dice(pub u64);

impl Dice {
    pub fn up_to(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// What passed, in segments of one to 1,448 bytes.
pub fn wire(tape: &Tape, seed: u64) -> Wire {
    let mut dice = Dice(seed);
    let mut wire = Wire::new();
    for (by, bytes) in tape.borrow().iter() {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            // Mostly full segments, often small ones, sometimes single bytes.
            let most = [1448, 1448, 200, 17, 1][dice.up_to(5) - 1];
            let (segment, after) = rest.split_at(dice.up_to(most).min(rest.len()));
            wire = wire.send(*by, segment);
            rest = after;
        }
    }
    wire.fin()
}

/// The same as a file, dissected.
#[allow(dead_code, reason = "not every test needs a file")]
pub fn found(tape: &Tape, seed: u64) -> Found {
    wire(tape, seed).dissect_file()
}
