//! The arguments of `run`.

use std::ffi::OsString;

use clap::ValueHint;

use crate::cli::live::args::How;

pub(in crate::cli) const RUN_EXAMPLES: &str = "\
Examples:
  sudo sockeye run -- node client.js                  watch in the inspector
  sudo sockeye run --lines -- python3 client.py       a line a frame
  sudo sockeye run -w kept.pcapng -- chromium --user-data-dir=/tmp/fresh
                                       keep packets and secrets in one file
  sudo sockeye run --format jsonl -- ./server | jq .payload

To run programs without sudo, once: sudo setcap cap_net_raw=ep $(command -v sockeye)

The program gets SSLKEYLOGFILE, and --tls-keylog in NODE_OPTIONS and BUN_OPTIONS, and writes the secrets of its TLS \
connections to a file that only its user can read and that is gone at the end. What takes more than \
that is told when it is over; `sockeye keys-howto` has it for every kind of program. Shown is what \
the program and its children send and receive over TCP. With sudo the program runs as the user who \
called it. Where lines are printed, what the program prints goes to standard error; in the inspector \
the end of it is printed afterwards. Leaving the inspector ends the program.

The file of -w holds secrets: whoever has it can read what is in it. `sockeye export` makes a copy \
without them.

Exit status: that of the program, 128 and the number of the signal that ended it, 127 where there \
is no such program; or 1 to 4 and 14 as of `live`.";

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// Interface to capture on, several where it is given several times [default: all]
    #[arg(short = 'i', long = "interface", value_name = "IFACE")]
    pub interfaces: Vec<String>,

    /// How to capture, and what to show of it.
    #[command(flatten)]
    pub how: How,

    /// The program, and its arguments
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
