//! The dissector on several threads.
//!
//! The capture is read in [`BatchQueue`]; shards, a thread each, own their connections, and whichever has nothing to do
//! reads. Where order matters, what they find goes in parcels to the caller's thread, which puts it together
//! ([`Merger`]) and tells the sink. Fixed numbers of loads and of parcels go round: who is faster than the next waits
//! for one to come back. Nothing is locked while packets are worked on.

use std::collections::VecDeque;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

use super::batch_queue::{BatchQueue, Reader};
use super::counts::{Counts, Tally, Totals};
use super::dealt_batch::DealtBatch;
use super::dissector::{self, Dissector};
use super::merge::Merger;
use super::options::Options;
use super::order::{Order, Ordered};
use super::packets::{Packets, Teller};
use super::parcel::{Sender, Step, When};
use super::shard::Shard;
use super::sink::Sink;
use super::told::Told;
use super::unordered::Unordered;
use super::wants::Wants;
use crate::base::{PacketNumber, limits};
use crate::capture::{Batch, Capture, ReadError};
use crate::tcp;

/// Dissects a whole capture into one sink, in order: the same calls on one thread as on many.
///
/// # Errors
/// Reading failed part-way; everything read before was told.
pub fn run<S: Sink>(
    capture: &mut Capture,
    options: &Options,
    threads: usize,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    let options = &options.reading(capture);
    if threads < 2 {
        return run_here(capture, options, sink);
    }
    let beginning = Beginning::read(capture);
    if options.spread.unwrap_or_else(|| beginning.spreads(options)) {
        run_spread(capture, beginning, options, threads, sink)
    } else {
        run_behind(capture, beginning, options, sink)
    }
}

/// The first batches of a capture.
struct Beginning {
    batches: VecDeque<Batch>,
    result: Result<(), ReadError>,
}

impl Default for Beginning {
    /// Nothing has been read yet.
    fn default() -> Beginning {
        Beginning { batches: VecDeque::new(), result: Ok(()) }
    }
}

impl Beginning {
    fn read(capture: &mut Capture) -> Beginning {
        let mut batches = VecDeque::new();
        let mut bytes = 0;
        // A batch is larger than usual where a packet is.
        while batches.len() < limits::BATCHES_TRIED && bytes < limits::BATCHES_TRIED * limits::BATCH_BYTES {
            let mut batch = Batch::new();
            match capture.next_batch(&mut batch) {
                Ok(true) => {
                    bytes += batch.memory();
                    batches.push_back(batch);
                }
                Ok(false) => break,
                Err(error) => return Beginning { batches, result: Err(error) },
            }
        }
        Beginning { batches, result: Ok(()) }
    }

    /// A reader that goes on behind them.
    fn reader(self, capture: &mut Capture, shards: usize) -> Reader<'_> {
        Reader::new(capture, (self.batches, self.result), shards)
    }

    /// Connections are to be spread over shards: the work is there.
    fn spreads(&self, options: &Options) -> bool {
        let mut dissector = Dissector::new(options.clone());
        let mut messages = Messages::default();
        for packet in self.batches.iter().flat_map(Batch::packets) {
            dissector.push(&packet, &mut messages);
        }
        messages.spread()
    }
}

/// Counts messages.
#[derive(Debug, Default)]
struct Messages {
    all: u64,
    compressed: u64,
    /// Bytes of the longest.
    longest: u64,
}

impl Messages {
    /// Most are compressed. Otherwise the work is in the sink, which is one, and to carry each small frame to it from
    /// another thread would cost more than to find it. Of long ones each shard would hold one, and another that is on its
    /// way; there too the sink has the work.
    fn spread(&self) -> bool {
        self.compressed > self.all / 2 && self.longest <= limits::SPREAD_MESSAGE_BYTES
    }
}

impl Sink for Messages {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Told::Message(_, message) = *told {
            self.all += 1;
            self.compressed += u64::from(message.compressed);
            self.longest = self.longest.max(message.length);
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// One thread reads and finds segments, this one does the rest, and reads too where it would have to wait.
fn run_behind<S: Sink>(
    capture: &mut Capture,
    beginning: Beginning,
    options: &Options,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    let loads = BatchQueue::new(beginning.reader(capture, 1), 1);
    let mut shard = Shard::new(options.clone(), 1);
    let mut order = Order::default();
    thread::scope(|scope| {
        scope.spawn(|| loads.with(BatchQueue::read_ahead));
        loads.with(|loads| {
            let last = follow(loads, &mut shard, &mut order, sink);
            loads.stop();
            let mut ordered = Ordered { order: &mut order, sink };
            ordered.set_limit(Some(0));
            shard.finish(&last, &mut ordered);
        });
    });
    order.finish(sink);
    counts(loads, shard.counts(), order.told())
}

/// Tells the sink what is in the loads, as far as it wants to know; how far that was.
fn follow<S: Sink>(loads: &BatchQueue<'_>, shard: &mut Shard, order: &mut Order, sink: &mut S) -> tcp::Now {
    let packets = sink.wants().packets;
    let mut last = tcp::Now::default();
    while let Some(load) = loads.next(0) {
        if last.packet == 0
            && let Some(packet) = load.batch.get(0)
        {
            sink.tell(&Told::Started(packet.at()));
        }
        let mut ordered = Ordered { order, sink };
        let mut teller = Teller::default();
        last = load.end;
        work(shard, 0, &load, &mut ordered, |shard, ordered, when| match when.step {
            Step::Sweep if packets => teller.tell(&load.batch, when.packet, ordered.sink),
            Step::Swept | Step::Done => ordered.set_limit(shard.oldest_pending()),
            Step::Sweep | Step::Segment => {}
        });
        if packets {
            teller.tell(&load.batch, PacketNumber::MAX, sink);
        }
        loads.give_back(load);
        sink.tell(&Told::CaughtUp);
        if sink.is_done() {
            break;
        }
    }
    last
}

/// Connections are spread over `threads` shards.
fn run_spread<S: Sink>(
    capture: &mut Capture,
    beginning: Beginning,
    options: &Options,
    threads: usize,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    let shards = threads.min(limits::SHARDS);
    let wants = sink.wants();
    // Packets are told by this thread, which takes batches as shards do.
    let loads = BatchQueue::new(beginning.reader(capture, shards), shards + usize::from(wants.packets));
    let (tally, told) = thread::scope(|scope| {
        let all = &loads;
        // Where the sink panics, or a thread cannot be made, those that there are end.
        all.with(|loads| {
            let (mut workers, mut streams) = (Vec::new(), Vec::new());
            for number in 0..shards {
                let (to_merger, parcels) = sync_channel(limits::PARCELS);
                let (parcel_back, parcels_returned) = channel();
                streams.push((parcels, parcel_back));
                let most = (limits::PARCEL_BYTES / shards).max(limits::PARCEL_BYTES_AT_LEAST);
                let sender = Sender::new(to_merger, parcels_returned, wants, most);
                let options = options.clone();
                workers.push(scope.spawn(move || all.with(|loads| send((number, shards), sender, options, loads))));
            }
            let mut merger = Merger::new(streams, wants.packets.then(|| Packets::new(loads, shards)));
            merger.run(sink);
            let told = merger.order.told();
            // Where the sink wants no more, shards find nobody who takes what they found.
            drop(merger);
            loads.stop();
            (workers.into_iter().map(|worker| finished(worker.join())).fold(Tally::default(), Tally::plus), told)
        })
    });
    counts(loads, tally, told)
}

/// A shard whose findings are put in order elsewhere.
fn send((number, shards): (usize, usize), mut sender: Sender, options: Options, loads: &BatchQueue<'_>) -> Tally {
    let mut shard = Shard::new(options, shards);
    let mut last = tcp::Now::default();
    while let Some(load) = loads.next(number) {
        if last.packet == 0
            && let Some(packet) = load.batch.get(0)
        {
            sender.first(packet.at());
        }
        last = load.end;
        work(&mut shard, number, &load, &mut sender, |shard, sender, when| sender.at(when, shard));
        loads.give_back(load);
        sender.send(last.packet);
        if sender.refused {
            return shard.counts();
        }
    }
    sender.at(When { packet: PacketNumber::MAX, ..When::default() }, &shard);
    shard.finish(&last, &mut sender);
    sender.send(PacketNumber::MAX);
    shard.counts()
}

fn finished<T>(joined: thread::Result<T>) -> T {
    match joined {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// What all came to, once no thread reads any more.
fn counts(loads: BatchQueue<'_>, tally: Tally, told: Totals) -> (Counts, Result<(), ReadError>) {
    match loads.into_reader() {
        Some(mut reader) => {
            reader.net.finish();
            (dissector::counts(&reader.net, reader.datagrams.quic(), &reader.clock, tally, told), reader.result)
        }
        // Only a thread that panicked takes it along, and the panic went on from where threads are joined.
        None => (Counts::default(), Ok(())),
    }
}

fn run_here<S: Sink>(capture: &mut Capture, options: &Options, sink: &mut S) -> (Counts, Result<(), ReadError>) {
    let mut dissector = Dissector::new(options.clone());
    let mut batch = Batch::new();
    let mut started = false;
    let result = loop {
        match capture.next_batch(&mut batch) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
        for packet in batch.packets() {
            if !std::mem::replace(&mut started, true) {
                sink.tell(&Told::Started(packet.at()));
            }
            dissector.push(&packet, sink);
            if sink.is_done() {
                break;
            }
        }
        sink.tell(&Told::CaughtUp);
        if sink.is_done() {
            break Ok(());
        }
    };
    dissector.finish(sink);
    (dissector.counts(), result)
}

/// Dissects a whole capture into one sink for each of `threads` shards, for sinks that only add up. Frames and
/// messages come without numbers, and connections with numbers of their shard's own.
///
/// # Errors
/// Reading failed part-way; everything read before was told.
pub fn reduce<S: Sink + Send>(
    capture: &mut Capture,
    options: &Options,
    threads: usize,
    make: impl Fn() -> S,
) -> (Vec<S>, Counts, Result<(), ReadError>) {
    let options = &options.reading(capture);
    let shards = threads.clamp(1, limits::SHARDS);
    let loads = BatchQueue::new(Beginning::default().reader(capture, shards), shards);
    let mut sinks = Vec::new();
    let (mut tally, mut told) = (Tally::default(), Totals::default());
    thread::scope(|scope| {
        let all = &loads;
        // Where a thread cannot be made, or a sink, those that there are end.
        all.with(|_| {
            let spawn = |number| {
                let (sink, options) = (make(), options.clone());
                scope.spawn(move || all.with(|loads| add_up((number, shards), sink, options, loads)))
            };
            let workers: Vec<_> = (0..shards).map(spawn).collect();
            for worker in workers {
                let (sink, counts, (frames, messages)) = finished(worker.join());
                tally = tally.plus(counts);
                told.frames += frames;
                told.messages += messages;
                sinks.push(sink);
            }
        });
    });
    let (counts, result) = counts(loads, tally, told);
    (sinks, counts, result)
}

/// A shard with a sink of its own; and what was counted and told.
fn add_up<S: Sink>(
    (number, shards): (usize, usize),
    mut sink: S,
    options: Options,
    loads: &BatchQueue<'_>,
) -> (S, Tally, (u64, u64)) {
    let mut shard = Shard::new(options, shards);
    let mut unordered = Unordered::new(&mut sink);
    let mut last = tcp::Now::default();
    while let Some(load) = loads.next(number) {
        last = load.end;
        work(&mut shard, number, &load, &mut unordered, |_, _, _| {});
        loads.give_back(load);
    }
    shard.finish(&last, &mut unordered);
    let told = unordered.told();
    (sink, shard.counts(), told)
}

/// The time of a packet has come, with which the capture has been read up to `now`; `pace` is told each step.
fn sweep<S: Sink>(shard: &mut Shard, now: tcp::Now, sink: &mut S, pace: &mut impl FnMut(&Shard, &mut S, When)) {
    pace(shard, sink, When { packet: now.packet, ..When::default() });
    shard.sweep(&now, sink);
    pace(shard, sink, When { packet: now.packet, part: 0, step: Step::Swept });
}

/// One load through one shard; `pace` is told each step.
fn work<S: Sink>(
    shard: &mut Shard,
    number: usize,
    load: &DealtBatch,
    sink: &mut S,
    mut pace: impl FnMut(&Shard, &mut S, When),
) {
    let mut next = 0;
    load.segments(number, |(index, now), part, segment, at, position| {
        // Packets of others pass too; they matter only where something waits.
        while next < index && shard.is_waiting() {
            sweep(shard, load.now(next), sink, &mut pace);
            next += 1;
        }
        if next <= index {
            sweep(shard, now, sink, &mut pace);
        }
        next = index + 1;
        pace(shard, sink, When { packet: now.packet, part, step: Step::Segment });
        shard.push(segment, at, position, &now, sink);
        pace(shard, sink, When { packet: now.packet, part, step: Step::Done });
    });
    while next < load.packets() && shard.is_waiting() {
        sweep(shard, load.now(next), sink, &mut pace);
        next += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use super::super::batch_queue::tests::capture;
    use super::*;

    fn panics(work: impl FnOnce()) -> bool {
        catch_unwind(AssertUnwindSafe(work)).is_err()
    }

    /// Its queue is never emptied: the other shard would wait for room for ever.
    #[test]
    fn a_shard_that_cannot_be_made_leaves_no_other_waiting() {
        let made = Cell::new(0);
        let make = || {
            if made.replace(made.get() + 1) == 1 {
                resume_unwind(Box::new("on purpose"));
            }
            Messages::default()
        };
        let mut capture = capture(120_000, 200);
        assert!(panics(|| drop(reduce(&mut capture, &Options::default(), 2, make))));
    }

    #[test]
    fn a_sink_that_panics_ends_all_threads() {
        struct Panics;
        impl Sink for Panics {
            fn wants(&self) -> Wants {
                Wants::NOTHING
            }
            fn tell(&mut self, _: &Told<'_>) {
                resume_unwind(Box::new("on purpose"));
            }
            fn is_done(&self) -> bool {
                false
            }
        }
        for spread in [true, false] {
            let options = Options { spread: Some(spread), ..Options::default() };
            let mut capture = capture(120_000, 200);
            assert!(panics(|| drop(run(&mut capture, &options, 3, &mut Panics))));
        }
    }

    #[test]
    fn connections_are_spread_where_shards_have_the_work() {
        let of = |compressed, longest| Messages { all: 10, compressed, longest }.spread();
        assert!(of(6, 1000) && of(10, 1024 * 1024));
        assert!(!of(5, 1000) && !of(10, 8 * 1024 * 1024) && !Messages::default().spread());
    }
}
