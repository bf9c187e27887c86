//! Writes a capture of any size whose contents are known, and prints what is in it as one JSON object.
//!
//! ```text
//! cargo run --release --example gen_capture -- --kind ticker --packets 8000000 ticker.pcap
//! ```
//!
//! The same options and seed give the same bytes. Every packet is well-formed: checksums, sequence numbers, handshakes.

mod generate;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use generate::{Kind, Options, Suite};

/// Write a WebSocket capture of any size with known contents; print the truth as JSON.
#[derive(Parser)]
struct Arguments {
    /// What happens in it
    #[arg(long, value_enum, default_value_t = Kind::Ticker)]
    kind: Kind,
    /// Packets, about: the last connections are always closed properly
    #[arg(long, default_value_t = 700_000)]
    packets: u64,
    /// Clients at once, for the kinds that have many
    #[arg(long, default_value_t = 200)]
    clients: u32,
    /// Percent of data packets that come up to eight packets late [default: 10 for reorder, else 0]
    #[arg(long, value_parser = clap::value_parser!(u8).range(..=100))]
    reorder: Option<u8>,
    /// Percent of data packets that come twice [default: 2 for reorder, else 0]
    #[arg(long, value_parser = clap::value_parser!(u8).range(..=100))]
    duplicate: Option<u8>,
    /// Do not close the connections: the capture ends while they are open
    #[arg(long)]
    left_open: bool,
    /// What seals records, of the kind wss
    #[arg(long, value_enum, default_value_t = Suite::Aes)]
    suite: Suite,
    /// Fill records with so many bytes of messages, of the kind wss [default: one record a message]
    #[arg(long, value_parser = clap::value_parser!(u16).range(200..=16_384))]
    record: Option<u16>,
    /// Another seed gives another capture of the same shape
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write it: a file, or '-' for standard output
    file: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gen_capture: {}: {error}", arguments.file.display());
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &Arguments) -> io::Result<()> {
    let mut options = Options::new(arguments.kind, arguments.packets);
    options.clients = arguments.clients.max(1);
    options.seed = arguments.seed;
    options.suite = arguments.suite;
    options.record = arguments.record.map(usize::from);
    options.left_open = arguments.left_open;
    options.reorder = arguments.reorder.unwrap_or(options.reorder);
    options.duplicate = arguments.duplicate.unwrap_or(options.duplicate);
    if arguments.file.as_os_str() == "-" {
        let truth = generate::generate(&options, BufWriter::with_capacity(1 << 20, io::stdout().lock()))?;
        return writeln!(io::stderr(), "{}", serde_json::to_string(&truth)?);
    }
    let file = File::create(&arguments.file)?;
    let truth = generate::generate(&options, BufWriter::with_capacity(1 << 20, file))?;
    writeln!(io::stdout(), "{}", serde_json::to_string(&truth)?)
}
