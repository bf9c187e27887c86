//! Two WebSocket connections, or what looks like them, through the whole dissector.
//!
//! Input: as in [`super::traffic`]. Where nothing was lost, the frames are those that a naive reader finds in what each
//! side sent, whatever the order of the packets; where something was, what is told keeps to its rules. It is the same
//! out of memory, out of a file, on one thread and on two.

use sockeye::base::Direction;
use sockeye::dissect::{Dissector, Options};

use super::checker::{Calls, Checker};
use super::frames::naive;
use super::pipeline;
use super::traffic::{PORT, side, traffic};

/// Runs it.
pub fn run(input: &[u8]) {
    let traffic = traffic(input);
    let options =
        Options { decode_as: traffic.decode_as.map(|what| (PORT, what)).into_iter().collect(), ..Options::default() };
    let mut checker = Checker::new(&traffic.store);
    let mut calls = Calls { placeless: true, ..Calls::default() };
    let mut dissector = Dissector::new(options.clone());
    let mut again = Dissector::new(options.clone());
    for packet in traffic.packets() {
        dissector.push(&packet, &mut checker);
        again.push(&packet, &mut calls);
    }
    dissector.finish(&mut checker);
    again.finish(&mut calls);
    checker.finish();

    let mut filed = pipeline::both(&traffic.capture(), &options);
    for line in &mut filed.lines {
        // Bytes lie elsewhere in a file.
        if let Some(start) = line.starts_with("StreamBytes").then(|| line.rfind("origin: ")).flatten() {
            line.replace_range(start.., "origin: Made } }");
        }
    }
    calls.assert_same(&filed, "out of a file");

    // To a naive reader text between frames is frames.
    if traffic.clean && traffic.handshake && traffic.decode_as.is_none() && !checker.unframed {
        for connection in 0..2 {
            for direction in Direction::BOTH {
                let sent = &traffic.streams[connection as usize][side(direction)];
                let want =
                    naive(sent).into_iter().map(|frame| (frame.offset, frame.first, frame.length, frame.payload));
                let want: Vec<_> = want.collect();
                let got = checker.rows(connection, direction).into_iter().map(|(offset, header, payload)| {
                    let first = header.opcode.bits() | header.rsv << 4 | u8::from(header.fin) << 7;
                    (offset, first, header.length, payload)
                });
                let mut got: Vec<_> = got.collect();
                // A frame that ends in its header is told as far as it goes; to a naive reader it is none.
                if got.len() == want.len() + 1 && got.last().is_some_and(|(.., payload)| payload.is_empty()) {
                    got.pop();
                }
                assert_eq!(got, want, "{connection} {direction:?}");
            }
        }
    }
}
