//! The arguments of `live` and `interfaces`.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;

use crate::capture::live::Stop;
use crate::capture::live::files::Rotation;
use crate::cli::args::columns;
use crate::cli::format::{Format, TextOrJson};

pub(in crate::cli) const INTERFACES_EXAMPLES: &str = "\
Examples:
  sockeye interfaces
  sockeye interfaces --format jsonl | jq -r 'select(.up).name'

No right is needed to list them.";

pub(in crate::cli) const LIVE_EXAMPLES: &str = "\
Examples:
  sudo sockeye live eth0                              watch in the inspector
  sudo sockeye live eth0 -f 'tcp port 8080' --lines   a line a frame
  sudo sockeye live lo eth0 --format jsonl | jq .payload
  sudo sockeye live any --messages --format text      whole messages
  sudo sockeye live eth0 -w kept.pcapng               keep the packets as well
  sudo sockeye live eth0 -w kept.pcapng -b filesize:100000 -b files:10
                                       keep the newest 10 files of 100 MB
  sudo sockeye live eth0 -w kept.pcapng -a duration:60
                                                      stop after a minute
  ssh host sudo tcpdump -U -w - | sockeye live -      what another machine sees

To capture without sudo, once: sudo setcap cap_net_raw=ep $(command -v sockeye)

Connections that are open already are recognised by the shape of their frames. Ctrl-C ends the \
capture; standard error then says what was received and what was dropped. Once the interfaces are \
open, root is given up: to the user who called sudo, else to nobody, or as -Z says. That user makes \
the file of -w; root that nobody called makes it as root, and a ring of files (-b) as nobody.

Exit status: 0 done; 1 an argument that makes no sense; 2 an interface cannot be captured on, or \
the last one has gone; 3 the file for -w cannot be made; 4 the capture filter; 14 packets that were \
to be kept were not, or nobody read what was printed.";

/// Arguments of `interfaces`.
#[derive(Debug, clap::Args)]
pub struct Interfaces {
    /// How to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: TextOrJson,
}

/// Arguments of `live`.
#[derive(Debug, clap::Args)]
pub struct Live {
    /// Interfaces to watch, as `sockeye interfaces` lists them; 'any' is all of them, '-' a capture on standard input
    #[arg(value_name = "IFACE")]
    pub interfaces: Vec<String>,

    /// The same, as tcpdump and dumpcap write it
    #[arg(short = 'i', long = "interface", value_name = "IFACE", hide_short_help = true)]
    pub more: Vec<String>,

    /// How to capture, and what to show of it.
    #[command(flatten)]
    pub how: How,

    /// Give root up to this user [default: who called sudo, else nobody]; 'root' gives up all rights but the name
    #[arg(short = 'Z', long = "relinquish-privileges", value_name = "USER")]
    pub relinquish: Option<String>,
}

/// How to capture, and what to show of it.
#[derive(Debug, clap::Args)]
pub struct How {
    /// Capture only what this filter accepts, in the language of libpcap: 'tcp port 8080 and host 10.0.0.1'
    #[arg(short = 'f', long, value_name = "FILTER")]
    pub filter: Option<String>,

    /// Print lines even on a terminal
    #[arg(long)]
    pub lines: bool,

    /// How to print lines [default: text, or fields where -e is given]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,

    /// Print this field (csv, fields); may be given several times
    #[arg(short = 'e', long = "field", value_name = "FIELD")]
    pub fields: Vec<String>,

    /// Columns of a line of text; 0 for no limit [default: the terminal's, into a pipe 160]
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    pub width: Option<usize>,

    /// A line a message, joined and inflated
    #[arg(long)]
    pub messages: bool,

    /// A line a connection when it is over, with the process that has it
    #[arg(long, conflicts_with = "messages")]
    pub connections: bool,

    /// Keep the packets in FILE, as pcapng
    #[arg(short = 'w', long = "write", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub write: Option<PathBuf>,

    /// Begin another file after filesize:KB or duration:SECONDS; files:N keeps the newest N
    #[arg(short = 'b', long = "ring-buffer", value_name = "WHEN", requires = "write")]
    pub ring: Vec<String>,

    /// Stop after duration:SECONDS, packets:N, filesize:KB or files:N
    #[arg(short = 'a', long = "autostop", value_name = "WHEN")]
    pub autostop: Vec<String>,

    /// Keep so many bytes of each packet
    #[arg(short = 's', long, value_name = "BYTES", default_value_t = 262_144, value_parser = snaplen)]
    pub snaplen: u32,

    /// Megabytes of memory in which the kernel puts packets, for all interfaces together
    #[arg(short = 'B', long, value_name = "MB", default_value_t = 64, value_parser = megabytes)]
    pub buffer_size: u16,

    /// Only what is addressed to this machine
    #[arg(short = 'p', long)]
    pub no_promiscuous: bool,
}

fn snaplen(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|bytes| (1..=262_144).contains(bytes));
    number.ok_or_else(|| "write a whole number from 1 to 262144, like -s 96".to_owned())
}

fn megabytes(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|megabytes| (1..=4096).contains(megabytes));
    number.ok_or_else(|| "write a whole number from 1 to 4096, like -B 256".to_owned())
}

/// Reads the conditions of `-b`.
pub(super) fn rotation(conditions: &[String]) -> Result<Option<Rotation>, String> {
    let mut rotation = Rotation::default();
    for text in conditions {
        match condition(text)? {
            Condition::FileSize(bytes) => rotation.filesize = Some(bytes),
            Condition::Duration(duration) => rotation.duration = Some(duration),
            Condition::Files(files) => rotation.files = Some(files),
            Condition::Packets(_) => return Err(format!("-b {text}: files end by filesize or duration")),
        }
    }
    if rotation.filesize.is_none() && rotation.duration.is_none() && rotation.files.is_some() {
        return Err("-b files says how many to keep; add -b filesize:KB or -b duration:SECONDS".to_owned());
    }
    Ok((!conditions.is_empty()).then_some(rotation))
}

/// Reads the conditions of `-a`.
pub(super) fn stop(conditions: &[String]) -> Result<Stop, String> {
    let mut stop = Stop::default();
    for text in conditions {
        match condition(text)? {
            Condition::FileSize(bytes) => stop.filesize = Some(bytes),
            Condition::Duration(duration) => stop.duration = Some(duration),
            Condition::Files(files) => stop.files = Some(files),
            Condition::Packets(packets) => stop.packets = Some(packets),
        }
    }
    Ok(stop)
}

/// One condition of `-a` or `-b`, in dumpcap's words.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Condition {
    FileSize(u64),
    Duration(Duration),
    Files(u64),
    Packets(u64),
}

fn condition(text: &str) -> Result<Condition, String> {
    let wrong = |why: &str| format!("'{text}': {why}");
    let (kind, value) = text.split_once(':').ok_or_else(|| wrong("write it like filesize:1000 or duration:60"))?;
    let number = || match value.trim().parse::<u64>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(wrong("its value is no whole number above 0; write it like filesize:1000")),
    };
    match kind.trim() {
        "filesize" => Ok(Condition::FileSize(number()?.saturating_mul(1000))),
        "files" => Ok(Condition::Files(number()?)),
        "packets" => Ok(Condition::Packets(number()?)),
        "duration" => match value.trim().parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok()) {
            Some(duration) if !duration.is_zero() => Ok(Condition::Duration(duration)),
            _ => Err(wrong("its value is no time in seconds; write it like duration:60")),
        },
        _ => Err(wrong("it is none of filesize, duration, packets and files; write it like filesize:1000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn conditions_are_those_of_dumpcap() {
        assert_eq!(condition("filesize:1000"), Ok(Condition::FileSize(1_000_000)));
        assert_eq!(condition("duration:0.5"), Ok(Condition::Duration(Duration::from_millis(500))));
        assert_eq!(condition("packets:7"), Ok(Condition::Packets(7)));
        for wrong in ["", "filesize", "filesize:", "filesize:0", "filesize:-1", "duration:nan", "duration:0", "size:5"]
        {
            assert!(condition(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_ring_needs_an_end_of_its_files() {
        assert_eq!(rotation(&[]), Ok(None));
        let ring = rotation(&words("filesize:1 files:3")).unwrap().unwrap();
        assert_eq!((ring.filesize, ring.files, ring.duration), (Some(1000), Some(3), None));
        assert!(rotation(&words("files:3")).is_err());
        assert!(rotation(&words("packets:3")).is_err());
        assert_eq!(stop(&words("packets:3 files:2")).unwrap().packets, Some(3));
    }
}
