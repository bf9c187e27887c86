//! What sockeye's speed and memory are held against; docs/PERFORMANCE.md says what for.
//!
//! ```text
//! measure extract CAPTURE OUT     compressed messages, taken out of the capture, each direction by itself
//! measure inflate OUT THREADS     inflates them with zlib-rs alone: the floor for whoever inflates them all
//! measure index CAPTURE [THREADS] indexes as the inspector does; prints seconds, frames and memory
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use flate2::{Decompress, FlushDecompress};
use sockeye::base::{Direction, SocketId};
use sockeye::capture;
use sockeye::dissect::{self, Dissector, Options, Sink, Told, Wants};
use sockeye::trace::{Indexer, Progress};

type Done = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["extract", from, to] => extract(Path::new(from), Path::new(to)),
        ["inflate", from, threads] => inflate(Path::new(from), threads),
        ["index", from] => index(Path::new(from), dissect::all_cores()),
        ["index", from, threads] => {
            threads.parse().map_err(Into::into).and_then(|threads| index(Path::new(from), threads))
        }
        _ => Err("measure extract CAPTURE OUT | inflate OUT THREADS | index CAPTURE [THREADS]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Compressed messages of each direction, frames joined.
#[derive(Default)]
struct Compressed(HashMap<(SocketId, Direction), Messages>);

/// Those of a direction, and whether the last is under way.
type Messages = (Vec<Vec<u8>>, bool);

impl Sink for Compressed {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: false, bytes: false, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Told::Frame(place, frame) = *told {
            if !frame.compressed {
                return;
            }
            let (messages, under_way) = self.0.entry((place.socket, frame.direction)).or_default();
            if !std::mem::replace(under_way, !frame.ends_message) {
                messages.push(Vec::new());
            }
            if let Some(message) = messages.last_mut() {
                message.extend_from_slice(frame.payload);
            }
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// For each direction the number of its messages, then each with its length before it.
fn extract(from: &Path, to: &Path) -> Done {
    let mut capture = capture::open(from, &capture::Options::default())?;
    let mut dissector = Dissector::new(Options::default());
    let mut compressed = Compressed::default();
    while let Some(packet) = capture.next_packet()? {
        dissector.push(&packet, &mut compressed);
    }
    dissector.finish(&mut compressed);
    let mut out = BufWriter::new(fs::File::create(to)?);
    let mut directions: Vec<_> = compressed.0.into_iter().collect();
    directions.sort_by_key(|(key, _)| *key);
    for (_, (messages, _)) in directions {
        out.write_all(&u64::try_from(messages.len())?.to_le_bytes())?;
        for message in messages {
            out.write_all(&u64::try_from(message.len())?.to_le_bytes())?;
            out.write_all(&message)?;
        }
    }
    Ok(out.flush()?)
}

/// The directions of a file that [`extract`] wrote.
fn directions(mut rest: &[u8]) -> Vec<Vec<&[u8]>> {
    let number = |rest: &mut &[u8]| {
        let (number, after) = rest.split_first_chunk::<8>()?;
        *rest = after;
        usize::try_from(u64::from_le_bytes(*number)).ok()
    };
    let mut directions = Vec::new();
    while let Some(count) = number(&mut rest) {
        let mut messages = Vec::new();
        for _ in 0..count {
            let Some((message, after)) = number(&mut rest).and_then(|len| rest.split_at_checked(len)) else { break };
            messages.push(message);
            rest = after;
        }
        directions.push(messages);
    }
    directions
}

fn inflate(from: &Path, threads: &str) -> Done {
    let bytes = fs::read(from)?;
    let directions = directions(&bytes);
    // The largest first, each to the thread that has the least.
    let size = |direction: &Vec<&[u8]>| direction.iter().map(|message| message.len()).sum::<usize>();
    let mut shares = vec![(0, Vec::new()); threads.parse::<usize>()?.max(1)];
    let mut by_size: Vec<_> = directions.iter().collect();
    by_size.sort_by_key(|direction| std::cmp::Reverse(size(direction)));
    for direction in by_size {
        if let Some((total, share)) = shares.iter_mut().min_by_key(|(total, _)| *total) {
            *total += size(direction);
            share.push(direction);
        }
    }
    let total: u64 = std::thread::scope(|scope| {
        let running: Vec<_> = shares
            .into_iter()
            .map(|(_, share)| scope.spawn(move || share.into_iter().map(|messages| inflate_all(messages)).sum::<u64>()))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    println!("{total} bytes");
    Ok(())
}

/// With context takeover: one stream. Without it references stay within a message, and nothing changes.
fn inflate_all(messages: &[&[u8]]) -> u64 {
    let mut out = vec![0; 32 * 1024];
    let mut inflater = Decompress::new(false);
    for message in messages {
        for part in [*message, &[0, 0, 0xff, 0xff]] {
            let mut rest = part;
            loop {
                let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
                if inflater.decompress(rest, &mut out, FlushDecompress::Sync).is_err() {
                    return inflater.total_out();
                }
                let read = usize::try_from(inflater.total_in() - before_in).unwrap_or(usize::MAX);
                rest = rest.get(read..).unwrap_or_default();
                std::hint::black_box(&out);
                if rest.is_empty() && inflater.total_out() - before_out < out.len() as u64 {
                    break;
                }
            }
        }
    }
    inflater.total_out()
}

/// How often the inspector draws what has arrived.
const PICTURE: Duration = Duration::from_millis(40);

/// An index that is filled as the inspector fills it.
struct View {
    indexer: Indexer,
    shown: Instant,
}

impl Sink for View {
    fn wants(&self) -> Wants {
        self.indexer.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        match told {
            Told::CaughtUp if self.shown.elapsed() >= PICTURE => {
                self.indexer.flush(Progress::default());
                self.shown = Instant::now();
            }
            _ => self.indexer.tell(told),
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn index(from: &Path, threads: usize) -> Done {
    let capture = capture::open(from, &capture::Options { spool: true, ..capture::Options::default() })?;
    let began = Instant::now();
    let mut view = View { indexer: Indexer::new(), shown: began };
    dissect::drive(capture, &Options::default(), threads, &mut view).result?;
    let View { mut indexer, .. } = view;
    indexer.flush(Progress { finished: true, ..Progress::default() });
    println!("{:.2} s on {threads} threads", began.elapsed().as_secs_f64());
    let trace = indexer.shared();
    let trace = trace.read();
    let (frames, bytes) = (trace.frames().count(), trace.memory());
    println!("{frames} frames, {bytes} bytes of tables: {:.1} a frame", bytes as f64 / frames.max(1) as f64);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter(|line| line.starts_with("RssAnon") || line.starts_with("VmHWM"))
        .for_each(|line| println!("{line}"));
    Ok(())
}
