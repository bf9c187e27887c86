//! Traffic of very many connections at once, and of none that can be read.

use std::io::{self, Write};

use super::Options;
use super::kinds::{CLOSING, OPENING, compress, deflater, end, many, open, put_tick};
use super::recorder::Recorder;
use super::talk::{SEGMENT, Side, Talk};

const TEXT: u8 = 0x81;
const RSV1_TEXT: u8 = 0xc1;

/// Connections that `packets` packets allow, of `each` packets besides opening and closing.
fn fitting(options: &Options, each: u64) -> u32 {
    let closing = if options.left_open { 0 } else { CLOSING };
    u32::try_from(options.packets / (OPENING + each + closing)).unwrap_or(u32::MAX).max(1)
}

/// As many connections as the packets allow, all open before the first says something: one message each.
pub fn open_at_once<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let mut talks = open(fitting(options, 1), options, recorder, None)?;
    for talk in &mut talks {
        talk.frame(recorder, Side::Client, TEXT, b"{\"hello\":\"world\"}")?;
        recorder.truth.message(17);
    }
    end(talks, options, recorder)
}

/// As many compressed connections as the packets allow: a message of about 700 bytes each, then a second one that is
/// the first again, and so is little more than references to it.
pub fn idle<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let mut talks = open(fitting(options, 2), options, recorder, Some("permessage-deflate"))?;
    let mut second = Vec::new();
    let mut document = Vec::new();
    let mut compressed = Vec::new();
    for (number, talk) in (0u64..).zip(&mut talks) {
        document.clear();
        for i in 0..8 {
            put_tick(&mut document, number * 8 + i, recorder.milliseconds(), talk)?;
        }
        let mut window = deflater();
        compress(&mut window, &document, &mut compressed)?;
        talk.frame(recorder, Side::Server, RSV1_TEXT, &compressed)?;
        recorder.truth.message(document.len());
        compress(&mut window, &document, &mut compressed)?;
        second.push((document.len(), compressed.clone().into_boxed_slice()));
    }
    for (talk, (length, compressed)) in talks.iter_mut().zip(&second) {
        talk.frame(recorder, Side::Server, RSV1_TEXT, compressed)?;
        recorder.truth.message(*length);
    }
    end(talks, options, recorder)
}

/// A SYN for each packet.
pub fn syns<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    for index in 0..u32::try_from(options.packets).unwrap_or(u32::MAX) {
        Talk::new(index, options.seed).knock(recorder)?;
    }
    Ok(())
}

/// What an observer without keys sees of TLS 1.3 (RFC 8446 section 5.1): records of application data, random inside.
pub fn tls<W: Write>(options: &Options, recorder: &mut Recorder<W>) -> io::Result<()> {
    let clients = many(options.clients, options.packets);
    let mut talks: Vec<Talk> = (0..clients).map(|index| Talk::new(index, options.seed)).collect();
    for talk in &mut talks {
        talk.connect(recorder)?;
    }
    let mut record = vec![0; SEGMENT];
    while recorder.truth.packets < options.packets {
        for (number, talk) in talks.iter_mut().enumerate() {
            let length = 64 + talk.random().below(SEGMENT as u64 - 64) as usize;
            for chunk in record[..length].chunks_mut(8) {
                let bits = talk.random().bits().to_be_bytes();
                chunk.copy_from_slice(&bits[..chunk.len()]);
            }
            record[..5].copy_from_slice(&[23, 3, 3, ((length - 5) >> 8) as u8, (length - 5) as u8]);
            let side = if number % 2 == 0 { Side::Server } else { Side::Client };
            talk.send(recorder, side, &record[..length])?;
        }
    }
    Ok(())
}
