//! The command: parse, run, exit status. Everything else is in [`sockeye::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    sockeye::cli::main()
}
