//! The program, as its user has it: every test here runs the binary.

mod annotate;
mod cli;
mod cli_output;
mod columns;
mod explain;
mod explained;
mod export;
#[cfg(unix)]
mod headings;
#[cfg(unix)]
mod inspector;
mod key_logs;
mod midstream;
mod pipes;
mod sealed;

#[path = "../build/mod.rs"]
mod build;
