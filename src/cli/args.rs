//! The arguments: one declaration for parsing, help, completions and the manual page.

mod examples;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ColorChoice, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use self::examples::{
    CONNECTIONS_EXAMPLES, EXAMPLES, EXPLAIN_EXAMPLES, FOLLOW_EXAMPLES, LINT_EXAMPLES, LIST_EXAMPLES, MESSAGES_EXAMPLES,
    STATS_EXAMPLES,
};
use super::format::{Format, TextOrJson};
use crate::base::SocketId;
use crate::dissect::DecodeAs;
use crate::trace::{Address, Item, Spot};
use crate::tui::theme::Theme;

const USAGE: &str = "sockeye [OPTIONS] FILE\n       sockeye [OPTIONS] COMMAND ...";

/// An eye for sockets: shows the WebSocket frames of a capture.
///
/// Opens a capture in the inspector if standard output is a terminal; into a pipe it prints a line a frame.
#[derive(Debug, Parser)]
#[command(name = "sockeye", version, override_usage = USAGE, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Capture to open; '-' is standard input. FILE#12 begins at frame 12, and so do other addresses
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,

    /// Columns of the inspector's list, like 'number,op,Price:ws.json.price,payload'
    #[arg(long, value_name = "COLUMNS")]
    pub columns: Option<String>,

    /// Print the inspector's configuration, as its file would hold it, and end
    #[arg(long)]
    pub print_config: bool,

    /// Write the inspector's screen to a file as SVG instead of showing it
    #[arg(long, hide = true, value_name = "SVG", requires = "file")]
    pub screenshot: Option<PathBuf>,

    /// Columns and lines of that screen
    #[arg(long, hide = true, value_name = "COLUMNSxLINES", default_value = "120x40", value_parser = screen_size)]
    pub size: (u16, u16),

    /// Keys pressed before, like `jj<Enter>`
    #[arg(long, hide = true, value_name = "KEYS", default_value = "")]
    pub keys: String,

    /// Options that every command takes.
    #[command(flatten)]
    pub options: Options,
}

/// The names of themes.
fn theme() -> PossibleValuesParser {
    PossibleValuesParser::new(std::iter::once(Theme::AUTO).chain(Theme::ALL.iter().map(|theme| theme.name)))
}

fn screen_size(text: &str) -> Result<(u16, u16), String> {
    let size = text.split_once('x').and_then(|(columns, lines)| Some((columns.parse().ok()?, lines.parse().ok()?)));
    // A screen of a million cells is one that nobody has.
    size.filter(|(columns, lines)| u32::from(*columns) * u32::from(*lines) <= 1_000_000)
        .ok_or_else(|| "write columns and lines, like 120x40".to_owned())
}

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Options {
    /// Stop after COUNT frames (`messages`: COUNT messages)
    ///
    /// What is open then is left out, and nothing is said of what a connection lacks as yet. Counts of connections may
    /// hold a few more frames: all that end in the same packet.
    #[arg(short = 'c', long = "count", value_name = "COUNT", global = true, value_parser = count)]
    pub count: Option<u64>,

    /// Show only what this display filter selects: 'websocket.opcode == "Text" && ip.src == 10.0.0.0/8'
    ///
    /// The language is Wireshark's. A message is shown where a frame of it is, a connection where a frame of it is or what
    /// it has by itself; -c counts what is shown. `sockeye fields filter` lists the names.
    #[arg(id = "display_filter", short = 'Y', long = "display-filter", value_name = "FILTER", global = true)]
    pub filter: Option<String>,

    /// Read a port's traffic as WebSocket, or not at all: tcp.port==9000,websocket or tcp.port==9000,none
    ///
    /// May be given several times; the first that names a port counts.
    #[arg(short = 'd', long = "decode-as", value_name = "RULE", global = true, value_parser = decode_as)]
    pub decode_as: Vec<(u16, DecodeAs)>,

    /// Decrypt TLS with this key log; may be given several times
    ///
    /// The log that programs write where SSLKEYLOGFILE says; where it is set here too, that one is read besides. Beside a
    /// capture that is still being made it is read on as it grows. Keys that lie in a pcapng need no option.
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub keylog: Vec<PathBuf>,

    /// Decrypt TLS with the key log beside the capture: NAME.keys for NAME.pcap, or NAME.pcap.keys
    #[arg(long, global = true)]
    pub keylog_beside: bool,

    /// Dissect on COUNT threads; the output is the same on any number [default: one for each processor]
    #[arg(long, value_name = "COUNT", global = true, value_parser = threads)]
    pub threads: Option<usize>,

    /// Colour the output. auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: ColorChoice,

    /// Colours of the inspector [default: the configuration's, else as the terminal's ground wants them]
    #[arg(long, value_name = "THEME", global = true, value_parser = theme())]
    pub theme: Option<String>,

    /// Say less: no warnings about the capture, no progress, no names above columns; `stats` prints one line, `lint` nothing
    #[arg(short = 'q', long, global = true)]
    pub quiet: bool,

    /// `connections --all`.
    #[arg(skip)]
    pub all_tls: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List frames, in the order in which they end
    #[command(after_help = LIST_EXAMPLES)]
    Frames(Items),
    /// List messages, whole and inflated, in the order in which they end
    #[command(after_help = MESSAGES_EXAMPLES)]
    Messages(Items),
    /// List WebSocket connections and refused upgrades
    #[command(after_help = CONNECTIONS_EXAMPLES)]
    Connections(Connections),
    /// Show one connection as a conversation
    #[command(after_help = FOLLOW_EXAMPLES)]
    Follow(Follow),
    /// Count what is in a capture
    #[command(after_help = STATS_EXAMPLES)]
    Stats(Stats),
    /// Check whether both sides keep to the rules
    #[command(after_help = LINT_EXAMPLES)]
    Lint(Lint),
    /// Explain a frame, bit by bit, or a handshake
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Say something about a place in a capture, and keep it beside that
    #[command(after_help = super::annotate::EXAMPLES)]
    Annotate(super::annotate::Annotate),
    /// Write a capture anew
    #[command(after_help = super::export::EXAMPLES)]
    Export(super::export::Export),
    /// Watch interfaces: frames as they pass
    #[command(after_help = super::live::args::LIVE_EXAMPLES)]
    Live(super::live::args::Live),
    /// Run a program and watch what it sends and receives, decrypted
    #[cfg(target_os = "linux")]
    #[command(after_help = super::run::args::RUN_EXAMPLES)]
    Run(super::run::args::Run),
    /// List the interfaces that can be watched
    #[command(after_help = super::live::args::INTERFACES_EXAMPLES)]
    Interfaces(super::live::args::Interfaces),
    /// List the fields that -e takes, and the names that -Y takes
    Fields {
        /// Of what
        #[arg(value_enum, default_value = "frames")]
        list: ListKind,

        /// Print the names that -Y takes as Markdown
        #[arg(long)]
        markdown: bool,

        /// Say what a filter does instead: a sentence, the tree it compiles to, its types, what it costs
        #[arg(long, value_name = "FILTER", conflicts_with_all = ["list", "markdown"])]
        explain: Option<String>,
    },
    /// Print the table of rules as Markdown
    Notes,
    /// Print the keys of the inspector as Markdown
    Keys,
    /// Say what writes a key log of TLS, and how: browsers, curl, Node, Python, servers ...
    #[command(after_help = "Example:\n  sockeye keys-howto firefox")]
    KeysHowto {
        /// Of this program or kind of program
        program: Option<String>,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:\n  sockeye completions bash > ~/.local/share/bash-completion/completions/sockeye")]
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  sockeye man frames | man -l -")]
    Man {
        /// Of this command
        command: Option<String>,
    },
}

/// Arguments of the lists.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Capture to read; '-' is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// How to print [default: text, or fields where -e is given]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,

    /// Print this field, or any expression of -Y's language (csv, fields); may be given several times
    #[arg(short = 'e', long = "field", value_name = "FIELD")]
    pub fields: Vec<String>,

    /// Print these columns (text, csv, fields), like 'n,Price:ws.json.price': fields and expressions, each with a name
    #[arg(long, value_name = "COLUMNS", conflicts_with = "fields")]
    pub columns: Option<String>,

    /// Columns of a line of text; 0 for no limit [default: the terminal's, into a pipe 160]
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    pub width: Option<usize>,
}

/// Arguments of `frames` and `messages`.
#[derive(Debug, clap::Args)]
pub struct Items {
    /// What lists have in common
    #[command(flatten)]
    pub list: List,

    /// Count heartbeats where they stand instead of listing them: ping, pong, and messages that say or repeat only that
    #[arg(long)]
    pub no_heartbeats: bool,
}

/// Arguments of `connections`.
#[derive(Debug, clap::Args)]
pub struct Connections {
    /// What lists have in common
    #[command(flatten)]
    pub list: List,

    /// List TLS connections too that are not WebSocket, or that nobody has keys for: names, protocols, suites, bytes
    #[arg(long)]
    pub all: bool,
}

/// Kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListKind {
    /// Fields of frames
    Frames,
    /// Fields of messages
    Messages,
    /// Fields of connections
    Connections,
    /// Names that -Y takes
    Filter,
}

/// Arguments of `follow`.
#[derive(Debug, clap::Args)]
pub struct Follow {
    /// Capture to read; '-' is standard input; FILE#c0 names the connection with it
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Number of the connection, as `sockeye connections` lists it
    #[arg(value_name = "CONNECTION", value_parser = socket)]
    pub socket: Option<SocketId>,

    /// Count heartbeats where they stand instead of showing them
    #[arg(long)]
    pub no_heartbeats: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: TextOrJson,
}

/// Arguments of `stats`.
#[derive(Debug, clap::Args)]
pub struct Stats {
    /// Capture to read; '-' is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// How to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: TextOrJson,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// Bytes in hex, however they are written; FILE#N, frame N of a capture; FILE#c0, the handshake of connection 0;
    /// FILE#m3, a message; FILE#12.mask, a part of any; or
    /// '-', bytes from standard input
    #[arg(value_name = "HEX|FILE#N|-", required = true)]
    pub what: Vec<String>,

    /// Show all of every payload and value; otherwise long ones are cut
    #[arg(long)]
    pub full: bool,

    /// Take the bytes for a payload under permessage-deflate, without a frame around it
    #[arg(long)]
    pub deflate: bool,
}

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
pub struct Lint {
    /// Capture to read; '-' is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// How to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: TextOrJson,

    /// Let findings of this rule fail the check; may end in '.*', may be given several times
    #[arg(long, value_name = "CODE")]
    pub deny: Vec<String>,

    /// Leave out findings of this rule; may end in '.*', may be given several times
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
}

fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "write a whole number, like -c 100".to_owned())
}

fn threads(text: &str) -> Result<usize, String> {
    let least_one = text.parse().ok().filter(|count| *count > 0);
    let way_out = "write a whole number from 1 on, like --threads 2; without it there is one for each processor";
    least_one.ok_or_else(|| way_out.to_owned())
}

pub(super) fn columns(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "write a whole number, like --width 120; 0 is no limit".to_owned())
}

/// A connection, or a stream of one, as lists name them: `0`, `0s5`.
fn socket(text: &str) -> Result<SocketId, String> {
    match format!("c{text}").parse::<Address>() {
        Ok(Address { item: Item::Socket(socket), spot }) if spot == Spot::default() => Ok(socket),
        _ => Err("write a number, as `sockeye connections FILE` lists it".to_owned()),
    }
}

fn decode_as(rule: &str) -> Result<(u16, DecodeAs), String> {
    let wanted = "write tcp.port==9000,websocket or tcp.port==9000,none";
    let (selector, protocol) = rule.split_once(',').ok_or(wanted)?;
    let (field, port) = selector.split_once("==").ok_or(wanted)?;
    if field.trim() != "tcp.port" {
        return Err(format!("'{field}' is no port field; {wanted}"));
    }
    let port = port.trim().parse().map_err(|_| format!("'{port}' is no port; {wanted}"))?;
    match protocol.trim().to_ascii_lowercase().as_str() {
        "websocket" => Ok((port, DecodeAs::WebSocket)),
        "none" => Ok((port, DecodeAs::Nothing)),
        other => Err(format!("'{other}' is neither websocket nor none; {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        for line in ["sockeye -c 5 -q frames x.pcap", "sockeye frames x.pcap -q -c 5", "sockeye frames -qc5 x.pcap"] {
            let args = Args::try_parse_from(line.split(' ')).unwrap();
            assert_eq!((args.options.count, args.options.quiet), (Some(5), true), "{line}");
        }
    }

    #[test]
    fn rules_for_ports() {
        assert_eq!(decode_as("tcp.port==9000,websocket"), Ok((9000, DecodeAs::WebSocket)));
        assert_eq!(decode_as("tcp.port == 1, NONE"), Ok((1, DecodeAs::Nothing)));
        for wrong in
            ["", "tcp.port==1", "udp.port==1,none", "tcp.port==65536,none", "tcp.port==1,http", "tcp.port=1,none"]
        {
            assert!(decode_as(wrong).is_err(), "{wrong}");
        }
    }
}
