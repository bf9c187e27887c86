//! The kinds of traffic.

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress};

use super::recorder::Recorder;
use super::seal::{LONGEST, Seal};
use super::talk::{SEGMENT, Side, Talk};
use super::{Kind, Options};

/// Packets that [`Talk::connect`] and [`Talk::upgrade`] take.
pub(super) const OPENING: u64 = 7;

/// Packets that [`Talk::close`] takes.
pub(super) const CLOSING: u64 = 5;

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// A JSON ticker: the server sends a tick to each client in turn; every second one is acknowledged by TCP alone, every
/// 20th by a small text frame, which the server answers with ten binary bytes.
pub fn ticker<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    // A packet that comes a few packets late is out of order only if its connection has sent another by then.
    let clients = if options.kind == Kind::Reorder { options.clients.min(3) } else { options.clients };
    let clients = many(clients, options.packets);
    let mut talks = open(clients, options, recorder, None)?;
    let mut tick = Vec::with_capacity(128);
    let mut sequence = 0u64;
    for round in 1u64.. {
        for talk in &mut talks {
            // A round of one client takes at most four packets.
            if recorder.truth.packets + u64::from(clients) * CLOSING + 4 > options.packets {
                return close(talks, recorder);
            }
            tick.clear();
            put_tick(&mut tick, sequence, recorder.milliseconds(), talk)?;
            sequence += 1;
            talk.frame(recorder, Side::Server, TEXT, &tick)?;
            recorder.truth.message(tick.len());
            if round % 20 == 0 {
                tick.clear();
                write!(tick, "{{\"ack\":{round}}}")?;
                talk.frame(recorder, Side::Client, TEXT, &tick)?;
                recorder.truth.message(tick.len());
                let mut answer = [0; 10];
                answer[2..].copy_from_slice(&round.to_be_bytes());
                talk.frame(recorder, Side::Server, BINARY, &answer)?;
                recorder.truth.message(answer.len());
            } else if round % 2 == 0 {
                talk.acknowledge(recorder, Side::Client)?;
            }
        }
    }
    Ok(())
}

/// JSON documents of 1 to 32 KiB that are echoed, compressed, with the whole connection as context.
pub fn deflate<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    const RSV1_TEXT: u8 = 0xc1;
    let clients = many(options.clients.min(15), options.packets);
    let mut talks = open(clients, options, recorder, Some("permessage-deflate"))?;
    let mut windows: Vec<[Compress; 2]> = talks.iter().map(|_| [deflater(), deflater()]).collect();
    let mut document = Vec::new();
    let mut compressed = Vec::new();
    for round in 0u64.. {
        for (talk, windows) in talks.iter_mut().zip(&mut windows) {
            document.clear();
            let ticks = 12 + talk.random().below(360);
            for i in 0..ticks {
                put_tick(&mut document, round * 1000 + i, recorder.milliseconds(), talk)?;
                document.push(b'\n');
            }
            // The document and its echo take far fewer packets than their uncompressed length.
            let most = 2 * (document.len() / SEGMENT + 2) as u64;
            if recorder.truth.packets + u64::from(clients) * CLOSING + most > options.packets {
                return close(talks, recorder);
            }
            for (side, window) in [Side::Client, Side::Server].into_iter().zip(windows) {
                compress(window, &document, &mut compressed)?;
                talk.frame(recorder, side, RSV1_TEXT, &compressed)?;
                recorder.truth.message(document.len());
            }
            talk.acknowledge(recorder, Side::Client)?;
        }
    }
    Ok(())
}

/// Messages in fragments of 0 to 2,000 bytes, from both sides in turn, with pings and pongs between the fragments.
pub fn fragments<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let clients = many(options.clients.min(50), options.packets);
    let mut talks = open(clients, options, recorder, None)?;
    let payload: Vec<u8> = (0..2000u32).map(|i| b'a' + (i % 26) as u8).collect();
    loop {
        for talk in &mut talks {
            // 20 fragments of two packets each, a ping and a pong after each.
            if recorder.truth.packets + u64::from(clients) * CLOSING + 80 > options.packets {
                return close(talks, recorder);
            }
            for (side, other) in [(Side::Client, Side::Server), (Side::Server, Side::Client)] {
                let count = 2 + talk.random().below(19);
                let mut total = 0;
                for i in 0..count {
                    let length = talk.random().below(2001) as usize;
                    let last = i + 1 == count;
                    let first = if i == 0 { 0x01 } else { 0x00 } | if last { 0x80 } else { 0x00 };
                    talk.frame(recorder, side, first, &payload[..length])?;
                    total += length;
                    if !last && talk.random().percent(10) {
                        talk.frame(recorder, side, PING, b"between")?;
                        talk.frame(recorder, other, PONG, b"between")?;
                    }
                }
                recorder.truth.message(total);
                talk.acknowledge(recorder, other)?;
            }
        }
    }
}

/// One connection after the other, each with one message.
pub fn connections<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let mut index = 0;
    while index == 0 || recorder.truth.packets + OPENING + 1 + CLOSING <= options.packets {
        let mut talk = Talk::new(index, options.seed);
        talk.connect(recorder)?;
        talk.upgrade(recorder, None)?;
        talk.frame(recorder, Side::Client, TEXT, b"{\"hello\":\"world\"}")?;
        recorder.truth.message(17);
        talk.close(recorder)?;
        index += 1;
    }
    Ok(())
}

/// As many connections as the packets allow, all of which miss the first of two frames at the same time.
pub fn disorder<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let clients = u32::try_from(options.packets / (OPENING + 2 + CLOSING)).unwrap_or(u32::MAX).max(1);
    let mut talks = open(clients, options, recorder, None)?;
    let mut late = Vec::new();
    for talk in &mut talks {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        talk.put(recorder, Side::Server, TEXT, b"{\"part\":\"first\"}", &mut first);
        talk.put(recorder, Side::Server, TEXT, b"{\"part\":\"second, but here it comes first\"}", &mut second);
        recorder.truth.message(16);
        recorder.truth.message(42);
        let sequence = talk.skip(Side::Server, first.len());
        talk.send(recorder, Side::Server, &second)?;
        late.push((sequence, first));
    }
    for (talk, (sequence, first)) in talks.iter_mut().zip(late) {
        recorder.truth.late_packets += 1;
        talk.send_late(recorder, Side::Server, sequence, &first)?;
    }
    end(talks, options, recorder)
}

/// The ticks of [`ticker`], as many in a record as fit: what opening long records costs.
pub fn filled<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let record = options.record.unwrap_or(LONGEST).min(LONGEST);
    let clients = many(options.clients, options.packets);
    let mut talks = open(clients, options, recorder, None)?;
    let (mut tick, mut bytes, mut sequence) = (Vec::with_capacity(128), Vec::with_capacity(record + 128), 0u64);
    let most = 2 + (record / SEGMENT) as u64 + u64::from(clients) * (CLOSING + 2);
    loop {
        for talk in &mut talks {
            if recorder.truth.packets + most > options.packets {
                return close(talks, recorder);
            }
            bytes.clear();
            while bytes.len() + 110 <= record {
                tick.clear();
                put_tick(&mut tick, sequence, recorder.milliseconds(), talk)?;
                sequence += 1;
                talk.put(recorder, Side::Server, TEXT, &tick, &mut bytes);
                recorder.truth.message(tick.len());
            }
            talk.send(recorder, Side::Server, &bytes)?;
            talk.acknowledge(recorder, Side::Client)?;
        }
    }
}

/// One connection: the server sends small binary frames, as many in a segment as fit.
pub fn one<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let mut talks = open(1, options, recorder, None)?;
    let mut bytes = Vec::with_capacity(SEGMENT);
    let mut number = 0u64;
    while recorder.truth.packets + 2 + CLOSING <= options.packets {
        let talk = &mut talks[0];
        bytes.clear();
        while bytes.len() + 10 <= SEGMENT {
            talk.put(recorder, Side::Server, BINARY, &number.to_be_bytes(), &mut bytes);
            recorder.truth.message(8);
            number += 1;
        }
        talk.send(recorder, Side::Server, &bytes)?;
        talk.acknowledge(recorder, Side::Client)?;
    }
    close(talks, recorder)
}

/// `wanted` clients, or as many as half of the packets can open and close.
pub(super) fn many(wanted: u32, packets: u64) -> u32 {
    let most = packets / (2 * (OPENING + CLOSING));
    wanted.min(u32::try_from(most).unwrap_or(u32::MAX)).max(1)
}

pub(super) fn open<W: Write>(
    clients: u32,
    options: &Options,
    recorder: &mut Recorder<W>,
    extensions: Option<&str>,
) -> io::Result<Vec<Talk>> {
    let mut talks: Vec<Talk> = (0..clients).map(|index| Talk::new(index, options.seed)).collect();
    for talk in &mut talks {
        talk.connect(recorder)?;
    }
    if options.kind == Kind::Wss {
        for (index, talk) in (0..).zip(&mut talks) {
            let record = options.record.unwrap_or(LONGEST);
            talk.secure(recorder, Seal::new(options.suite, index, options.seed, record))?;
        }
    }
    for talk in &mut talks {
        talk.upgrade(recorder, extensions)?;
    }
    Ok(talks)
}

/// Closes the connections, unless they are to be left open.
pub(super) fn end<W: Write>(talks: Vec<Talk>, options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    if options.left_open { Ok(()) } else { close(talks, recorder) }
}

pub(super) fn close<W: Write>(talks: Vec<Talk>, recorder: &mut Recorder<W>) -> io::Result<()> {
    for mut talk in talks {
        talk.close(recorder)?;
    }
    Ok(())
}

/// Appends one tick, about 85 bytes of JSON.
pub(super) fn put_tick(out: &mut Vec<u8>, sequence: u64, milliseconds: u32, talk: &mut Talk) -> io::Result<()> {
    const SYMBOLS: [&str; 8] = ["INTC", "AMD", "NVDA", "MSFT", "AAPL", "ORCL", "IBM", "CSCO"];
    let bits = talk.random().bits();
    let symbol = SYMBOLS[(bits & 7) as usize];
    let price = 1000 + (bits >> 8) % 9000;
    let change = (bits >> 32) % 100;
    let sign = if bits & 8 == 0 { "-" } else { "" };
    write!(
        out,
        "{{\"type\":\"tick\",\"seq\":{sequence},\"sym\":\"{symbol}\",\"price\":{}.{:02},\"change\":{sign}0.{change:02},\
         \"ts\":{}}}",
        price / 100,
        price % 100,
        1_767_225_600_000 + u64::from(milliseconds)
    )
}

pub(super) fn deflater() -> Compress {
    Compress::new(Compression::default(), false)
}

/// One message as RFC 7692 section 7.2.1 has it: flushed, without the four bytes that every flush ends with.
pub(super) fn compress(window: &mut Compress, document: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    out.clear();
    let start = window.total_in();
    loop {
        out.reserve(document.len() / 4 + 64);
        let read = (window.total_in() - start) as usize;
        window.compress_vec(&document[read..], out, FlushCompress::Sync)?;
        if out.len() < out.capacity() {
            break;
        }
    }
    out.truncate(out.len().saturating_sub(4));
    Ok(())
}
