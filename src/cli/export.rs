//! `export`: a capture, written anew in another form.
//!
//! In: a capture, and the name of a file. Out: that file, made by the user whom rights were given up to. One that is there is
//! left alone unless it was said that it may go, and then it goes when the new one is whole. A file that cannot be written to
//! its end is taken away, and that is said. Secrets are left out unless they are asked for; a file with secrets is its
//! owner's alone.

mod secrets;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{ValueEnum, ValueHint};
use tempfile::NamedTempFile;

use self::secrets::KeyLines;
use super::args::Options;
use super::failure::{Failure, Status, complain};
use super::progress::Progress;
use super::{Outcome, read};
use crate::base::SecretLog;
use crate::capture::copy::{Copied, CopyError, Keeping, copy};
use crate::capture::{self, Batch, Capture};

pub(super) const EXAMPLES: &str = "\
Examples:
  sockeye export capture.pcap.gz --to pcapng -o capture.pcapng
  sockeye export capture.pcapng --to pcapng -o for-a-friend.pcapng    the same without its secrets
  sockeye export capture.pcapng --to pcapng -o with-keys.pcapng --with-secrets
  sockeye export capture.pcap --keylog tls.keys --to pcapng -o one-file.pcapng --with-secrets
  ssh host sudo tcpdump -U -w - | sockeye export - --to pcapng -o - | sockeye frames -

The blocks of a pcapng are copied as they are; the packets of a pcap become blocks, with times in \
nanoseconds. What of a damaged capture cannot be read is left out, so that other programs read the \
copy. Decryption secrets are left out too, unless --with-secrets is given; then those of key logs go \
along as well, for the connections of the capture and no others. Custom blocks that ask not to be \
copied are left out. What was left out is said.

Exit status: 0 done; 1 an argument that makes no sense; 3 the file cannot be opened or is no \
capture, or the new file cannot be made; 14 reading or writing failed part-way.";

/// Bytes gathered before they are written.
const GATHERED: usize = 256 * 1024;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Capture to read; '-' is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// What to make of it
    #[arg(long, value_name = "FORM", value_enum)]
    pub to: Form,

    /// The file to write; '-' is standard output. One that is there is left as it is
    #[arg(short = 'o', long = "output", value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,

    /// Copy decryption secrets too, also those of key logs: whoever has the file can then read what is in it
    #[arg(long)]
    pub with_secrets: bool,

    /// Let the new file take the place of one that is there
    #[arg(long)]
    pub force: bool,
}

/// What a capture can be made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A capture, for this program and others
    Pcapng,
}

/// Writes a capture anew.
pub fn run(args: &Export, options: &Options) -> Outcome {
    if options.count.is_some() {
        return Err(Failure::argument(anyhow!("-c counts frames, and export writes whole captures: leave it out")));
    }
    let capture = read::source(&args.file, options)?.capture(&capture::Options::default())?;
    match args.to {
        Form::Pcapng => pcapng(capture, args, options),
    }
}

fn pcapng(mut capture: Capture, args: &Export, options: &Options) -> Outcome {
    // What key logs have is told from what the capture has, since only some of it goes along.
    let mut lines = KeyLines::new(capture.secrets());
    capture = capture.with_secrets(SecretLog::default());
    let mut out = Out::open(args)?;
    let progress = Progress::watch(options, &capture);
    let mut ask = |batch: &Batch| lines.before(batch);
    let keeping = if args.with_secrets { Keeping::Secrets(&mut ask) } else { Keeping::NoSecrets };
    let result = copy(&mut capture, keeping, &mut out);
    drop(progress);
    if !options.quiet {
        capture.warnings().iter().for_each(|warning| complain(&warning.to_string()));
    }
    let copied = match result {
        Ok(copied) => copied,
        Err(CopyError::Read(error)) => {
            // What came before is worth having.
            out.finish()?;
            return Err(error.into());
        }
        Err(CopyError::Write(error)) => return out.give_up(&error),
    };
    out.finish()?;
    if !options.quiet {
        left_out(&copied).iter().for_each(|line| complain(line));
        if let Some(line) = of_key_logs(&lines, args, options) {
            complain(line);
        }
    }
    Ok(Status::Done)
}

/// What is said of key logs that were named.
fn of_key_logs(lines: &KeyLines, args: &Export, options: &Options) -> Option<&'static str> {
    let are_named = !options.keylog.is_empty() || options.keylog_beside;
    match (are_named, args.with_secrets) {
        (false, _) => None,
        (true, false) => {
            Some("what the key log has was left out; --with-secrets copies it for the connections of this capture")
        }
        (true, true) if lines.found() == 0 => Some("no line of the key log is of a connection in this capture"),
        (true, true) => None,
    }
}

/// What is said of what was not copied.
fn left_out(copied: &Copied) -> Vec<String> {
    let blocks = |count: u64, what: &str, why: &str| match count {
        0 => None,
        1 => Some(format!("1 {what} block left out; {why}")),
        _ => Some(format!("{count} {what} blocks left out; {why}")),
    };
    let secrets = blocks(copied.secrets_left_out, "decryption secrets", "--with-secrets keeps them");
    secrets.into_iter().chain(blocks(copied.custom_left_out, "custom", "they ask not to be copied")).collect()
}

/// Where the copy goes.
enum Out {
    Standard(BufWriter<io::Stdout>),
    /// A new file.
    New(BufWriter<File>, PathBuf),
    /// One that takes the place of another when it is whole.
    Other(BufWriter<NamedTempFile>, PathBuf),
}

impl Out {
    fn open(args: &Export) -> Result<Out, Failure> {
        let path = &args.output;
        if path == Path::new("-") {
            if io::stdout().is_terminal() {
                let why = "-o -: a capture is no text for a terminal; send it to a file or another program";
                return Err(Failure::argument(anyhow!(why)));
            }
            return Ok(Out::Standard(BufWriter::with_capacity(GATHERED, io::stdout())));
        }
        let is_there = fs::symlink_metadata(path).ok();
        if is_there.as_ref().is_some_and(|there| !there.is_file() && !there.is_symlink()) {
            let why = "is no ordinary file; '-o -' writes to standard output";
            return Err(Failure::file(anyhow!("{}: {why}", path.display())));
        }
        let made = if args.force && is_there.is_some() {
            beside(path, args.with_secrets)
                .map(|file| Out::Other(BufWriter::with_capacity(GATHERED, file), path.clone()))
        } else {
            new(path, args.with_secrets).map(|file| Out::New(BufWriter::with_capacity(GATHERED, file), path.clone()))
        };
        made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::file(anyhow!(
                "{}: is there already, and is left as it is; choose another name, or --force to replace it",
                path.display()
            )),
            _ => Failure::file(anyhow!("{}: cannot be made: {error}", path.display())),
        })
    }

    /// All is written.
    fn finish(mut self) -> Result<(), Failure> {
        if let Err(error) = self.flush() {
            return self.give_up(&error).map(|_| ());
        }
        match self {
            Out::Standard(_) | Out::New(..) => Ok(()),
            Out::Other(file, path) => {
                let file = file.into_inner().map_err(|error| unwritten(&path, error.error()))?;
                file.persist(&path).map(|_| ()).map_err(|error| unwritten(&path, &error.error))
            }
        }
    }

    /// It cannot be written on. Whoever reads standard output has gone, or a file is taken away.
    fn give_up(self, error: &io::Error) -> Outcome {
        match self {
            Out::Standard(_) if error.kind() == ErrorKind::BrokenPipe => Ok(Status::Done),
            Out::Standard(_) => Err(Failure::output(error)),
            Out::New(file, path) => {
                // What is still gathered would be written, and fail again.
                drop(file.into_parts());
                let left = fs::remove_file(&path).err();
                Err(left.map_or_else(
                    || unwritten(&path, error),
                    |left| {
                        Failure::part_way(anyhow!(
                            "{}: cannot be written on: {error}; half of it is left, since it cannot be removed: {left}",
                            path.display()
                        ))
                    },
                ))
            }
            Out::Other(file, path) => {
                drop(file.into_parts());
                Err(unwritten(&path, error))
            }
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Standard(out) => out.write(bytes),
            Out::New(out, _) => out.write(bytes),
            Out::Other(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Standard(out) => out.flush(),
            Out::New(out, _) => out.flush(),
            Out::Other(out, _) => out.flush(),
        }
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::part_way(anyhow!("{}: cannot be written: {error}; nothing of it is kept", path.display()))
}

/// A file that was not there.
fn new(path: &Path, is_secret: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let _ = is_secret;
    options.open(path)
}

/// A file in the same folder, which is gone if it does not take another's place.
fn beside(path: &Path, is_secret: bool) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sockeye-");
    #[cfg(unix)]
    if !is_secret {
        // As any new file: what the user's mask leaves.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let _ = is_secret;
    builder.tempfile_in(folder)
}
