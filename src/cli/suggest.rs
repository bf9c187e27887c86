//! What is said of arguments that make no sense.

use std::path::Path;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::args::Args;
use super::failure::{Failure, Status};
use crate::base::DisplaySafe;
use crate::fields::nearest;

/// Prints what clap says: help and version on standard output, complaints on standard error.
pub fn print(error: &clap::Error) -> Status {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.filter(|word| !word.starts_with('-')).collect();
    // What follows a mistyped command is one word too many, or taken for a command itself.
    if matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand)
        && let Some(word) = words.first()
        && !Path::new(word).exists()
        && let Some(command) = mistyped_command(word)
    {
        eprintln!("error: there is no command '{}'\n\n  tip: did you mean '{command}'?", DisplaySafe::text(word));
        eprintln!("\nFor more information, try '--help'.");
        return Status::Findings;
    }
    if error.kind() == ErrorKind::MissingRequiredArgument
        && let [file, command, ..] = words.as_slice()
        && !is_command(file)
        && is_command(command)
    {
        let file = DisplaySafe::text(file);
        eprintln!("error: '{file}' stands before the command; the file comes after it: sockeye {command} {file}");
        eprintln!("\nFor more information, try '--help'.");
        return Status::Findings;
    }
    let printed = error.print().and_then(|()| std::io::Write::flush(&mut std::io::stdout()));
    match error.kind() {
        // Where the stream is closed there is nobody to tell.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match printed {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Failure::output(&error).report(),
            _ => Status::Done,
        },
        _ => Status::Findings,
    }
}

fn is_command(word: &str) -> bool {
    Args::command().get_subcommands().any(|command| command.get_name() == word)
}

/// The command that a word was perhaps meant to be: `frmes` is taken for a file, and what follows it is one too many.
pub fn mistyped_command(word: &str) -> Option<String> {
    let command = Args::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    if names.contains(&word) || word.starts_with('-') || word.contains(['.', '/', '\\']) {
        return None;
    }
    nearest(names, word).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_command_is_recognised_and_a_file_is_not() {
        assert_eq!(mistyped_command("frmes").as_deref(), Some("frames"));
        assert_eq!(mistyped_command("fraems").as_deref(), Some("frames"));
        assert_eq!(mistyped_command("lnit").as_deref(), Some("lint"));
        assert_eq!(mistyped_command("mesages").as_deref(), Some("messages"));
        assert_eq!(mistyped_command("frames"), None);
        assert_eq!(mistyped_command("capture.pcap"), None);
        assert_eq!(mistyped_command("-x"), None);
    }
}
