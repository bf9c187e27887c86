//! A TCP connection between a client and a server that speak WebSocket.

use std::io::{self, Write};

use super::frame;
use super::packet::{ACK, Endpoint, FIN, PSH, SYN, Segment};
use super::random::Random;
use super::recorder::Recorder;
use super::seal::Seal;

/// Largest TCP payload of a packet: an MTU of 1500 less both headers with time stamps.
pub const SEGMENT: usize = 1448;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client, whose frames are masked.
    Client,
    /// The server.
    Server,
}

/// One end, and what it has sent.
#[derive(Debug, Clone)]
struct Sender {
    endpoint: Endpoint,
    sequence: u32,
    identification: u16,
}

/// A connection.
#[derive(Clone)]
pub struct Talk {
    seal: Option<Seal>,
    client: Sender,
    server: Sender,
    random: Random,
    buffer: Vec<u8>,
}

impl Talk {
    /// Connection number `index` of a capture: its own client address and port, the one server.
    pub fn new(index: u32, seed: u64) -> Talk {
        let mut random = Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ u64::from(index));
        // 198.18.0.0/15 is set aside for benchmarks (RFC 2544), 192.0.2.0/24 for examples (RFC 5737).
        let address = [198, 18 + ((index >> 16) & 1) as u8, (index >> 8) as u8, index as u8];
        // Addresses come round after 131,072 connections; by then the ports have moved on.
        let port = 49_152 + ((index % 16_384 + (index >> 17)) % 16_384) as u16;
        let mut sender =
            |endpoint| Sender { endpoint, sequence: random.bits() as u32, identification: random.bits() as u16 };
        let client = sender(Endpoint { address, port });
        let server = sender(Endpoint { address: [192, 0, 2, 1], port: 9700 });
        Talk { seal: None, client, server, random, buffer: Vec::new() }
    }

    /// The three packets that open the connection.
    pub fn connect<W: Write>(&mut self, recorder: &mut Recorder<W>) -> io::Result<()> {
        recorder.truth.connections += 1;
        self.segment(recorder, Side::Client, SYN, &[])?;
        self.segment(recorder, Side::Server, SYN | ACK, &[])?;
        self.segment(recorder, Side::Client, ACK, &[])
    }

    /// TLS on what is said from here on: three flights.
    pub fn secure<W: Write>(&mut self, recorder: &mut Recorder<W>, mut seal: Seal) -> io::Result<()> {
        let [hello, answer, finished] = seal.handshake();
        self.send(recorder, Side::Client, &hello)?;
        self.send(recorder, Side::Server, &answer)?;
        self.send(recorder, Side::Client, &finished)?;
        self.seal = Some(seal);
        recorder.settle()
    }

    /// A SYN that nobody answers.
    pub fn knock<W: Write>(&mut self, recorder: &mut Recorder<W>) -> io::Result<()> {
        recorder.truth.connections += 1;
        self.segment(recorder, Side::Client, SYN, &[])
    }

    /// The opening handshake, with the extensions offered and chosen.
    pub fn upgrade<W: Write>(&mut self, recorder: &mut Recorder<W>, extensions: Option<&str>) -> io::Result<()> {
        let key = frame::key(self.random.bits(), self.random.bits());
        self.send(recorder, Side::Client, frame::request(&key, extensions).as_bytes())?;
        self.acknowledge(recorder, Side::Server)?;
        self.send(recorder, Side::Server, frame::response(&key, extensions).as_bytes())?;
        self.acknowledge(recorder, Side::Client)?;
        // What comes late must not make the first frames look as if they came before the 101.
        recorder.settle()
    }

    /// Stream bytes, in as few segments as they need.
    pub fn send<W: Write>(&mut self, recorder: &mut Recorder<W>, side: Side, bytes: &[u8]) -> io::Result<()> {
        let sealed = self.seal.as_mut().map(|seal| seal.data(side, bytes));
        self.send_as_is(recorder, side, sealed.as_deref().unwrap_or(bytes))
    }

    fn send_as_is<W: Write>(&mut self, recorder: &mut Recorder<W>, side: Side, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(SEGMENT) {
            self.segment(recorder, side, PSH | ACK, chunk)?;
        }
        Ok(())
    }

    /// A segment that only acknowledges.
    pub fn acknowledge<W: Write>(&mut self, recorder: &mut Recorder<W>, side: Side) -> io::Result<()> {
        self.segment(recorder, side, ACK, &[])
    }

    /// A frame in packets of its own; `first` is FIN, RSV and opcode. The client's are masked.
    pub fn frame<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        side: Side,
        first: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        self.put(recorder, side, first, payload, &mut bytes);
        self.send(recorder, side, &bytes)?;
        self.buffer = bytes;
        Ok(())
    }

    /// Appends a frame to `bytes`, which the caller sends.
    pub fn put<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        side: Side,
        first: u8,
        payload: &[u8],
        bytes: &mut Vec<u8>,
    ) {
        recorder.truth.frame(side, first, payload.len());
        let key = (side == Side::Client).then(|| self.random.key());
        frame::put_frame(bytes, first, key, payload);
    }

    /// Lets `bytes` stay unsent for now: gives what is needed to send them later with [`Talk::send_late`].
    pub fn skip(&mut self, side: Side, bytes: usize) -> u32 {
        let sender = self.sender(side);
        let sequence = sender.sequence;
        sender.sequence = sequence.wrapping_add(bytes as u32);
        sequence
    }

    /// Sends bytes that were skipped.
    pub fn send_late<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        side: Side,
        sequence: u32,
        bytes: &[u8],
    ) -> io::Result<()> {
        let now = std::mem::replace(&mut self.sender(side).sequence, sequence);
        self.send(recorder, side, bytes)?;
        self.sender(side).sequence = now;
        Ok(())
    }

    /// Close frames both ways, inside TLS its `close_notify` too, then FIN both ways: five packets, or seven.
    pub fn close<W: Write>(&mut self, recorder: &mut Recorder<W>) -> io::Result<()> {
        recorder.settle()?;
        self.frame(recorder, Side::Client, 0x88, &[0x03, 0xe8])?;
        self.frame(recorder, Side::Server, 0x88, &[0x03, 0xe8])?;
        for side in [Side::Server, Side::Client] {
            if let Some(alert) = self.seal.as_mut().map(|seal| seal.close(side)) {
                self.send_as_is(recorder, side, &alert)?;
            }
        }
        recorder.settle()?;
        self.segment(recorder, Side::Server, FIN | ACK, &[])?;
        self.segment(recorder, Side::Client, FIN | ACK, &[])?;
        self.segment(recorder, Side::Server, ACK, &[])
    }

    /// Random numbers of this connection.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn sender(&mut self, side: Side) -> &mut Sender {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn segment<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        side: Side,
        flags: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        let (from, to) = match side {
            Side::Client => (&mut self.client, &self.server),
            Side::Server => (&mut self.server, &self.client),
        };
        let segment = Segment {
            from: from.endpoint,
            to: to.endpoint,
            sequence: from.sequence,
            acknowledgement: if flags & ACK != 0 { to.sequence } else { 0 },
            flags,
            identification: from.identification,
            stamp: recorder.milliseconds(),
        };
        from.identification = from.identification.wrapping_add(1);
        let taken = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        from.sequence = from.sequence.wrapping_add(taken);
        recorder.packet(&segment, payload)
    }
}
