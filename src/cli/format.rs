//! The forms that commands print in, as `--format` names them.

use clap::ValueEnum;

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for people
    Text,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values with a header row
    Csv,
    /// The fields of -e, tab-separated
    Fields,
}

/// How findings, totals and conversations are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people
    Text,
    /// A JSON object a line
    Jsonl,
}
