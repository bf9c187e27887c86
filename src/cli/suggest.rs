//! What is said of arguments that make no sense: one line, in plain words, with what is wanted and how to write it.
//!
//! In: what the parser of arguments complains of. Out: the sentence for it; the parser's own words where there is none.

use std::error::Error as _;
use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Args;
use super::failure::{Failure, Status, complain};
use crate::fields::nearest;

/// Prints help and version on standard output, complaints on standard error.
pub fn print(error: &clap::Error) -> Status {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.collect();
    if let Some(sentence) = sentence(error, &words) {
        complain(&sentence);
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

/// What is wrong with the words of a command line, and how they may be written; `None` where nothing is.
fn sentence(error: &clap::Error, words: &[String]) -> Option<String> {
    let plain: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let command = plain.iter().copied().find(|word| is_command(word));
    let help = command.map_or("`sockeye --help`".to_owned(), |command| format!("`sockeye {command} --help`"));
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let option = argument.split([' ', '=']).next().unwrap_or_default().trim_matches(['<', '>', '[', ']', '.']);
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let sentence = match error.kind() {
        // What follows a mistyped command is one word too many, or taken for a command itself.
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
            if plain.first().is_some_and(|word| mistyped_command(word).is_some() && !Path::new(word).exists()) =>
        {
            no_command(plain.first()?)
        }
        ErrorKind::InvalidSubcommand => no_command(&text(error, ContextKind::InvalidSubcommand)?),
        ErrorKind::MissingRequiredArgument => missing(&argument, &plain, words, command, &help),
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let near = text(error, ContextKind::SuggestedArg);
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            match argument.trim_start_matches('-').parse::<f64>() {
                Ok(_) => format!("'{argument}' is no number that is wanted: numbers have no sign; {help} shows how"),
                Err(_) => format!("there is no option {argument}{near}; {help} lists those there are"),
            }
        }
        ErrorKind::UnknownArgument => too_many(&argument, &plain, command, &help),
        ErrorKind::InvalidValue => {
            let valid = texts(error, ContextKind::ValidValue);
            let near = nearest(valid.iter().map(String::as_str), &value);
            let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            let forms = match valid.last() {
                Some(last) => format!("it is one of {}, like {}", valid.join(", "), written(option, last)),
                None => format!("{help} says which"),
            };
            match value.is_empty() {
                true => format!("{option} needs a value: {forms}"),
                false => format!("'{value}' is no value for {option}: {forms}{near}"),
            }
        }
        ErrorKind::ValueValidation => {
            let wanted = error.source().map_or(help, ToString::to_string);
            format!("'{value}' is no value for {option}: {wanted}")
        }
        ErrorKind::ArgumentConflict if texts(error, ContextKind::PriorArg).first() == Some(&argument) => {
            format!("{option} is given twice; give it once")
        }
        ErrorKind::TooManyValues => format!("{option} takes no value, and '{value}' is one; write {option} alone"),
        ErrorKind::InvalidUtf8 => "an argument is no UTF-8, which only a name of a file need not be".to_owned(),
        _ => return None,
    };
    Some(sentence)
}

/// `--format csv`; of an argument that has no name, the value alone.
fn written(option: &str, value: &str) -> String {
    if option.starts_with('-') { format!("{option} {value}") } else { value.to_owned() }
}

/// What is said of a word that is no command.
pub fn no_command(word: &str) -> String {
    let command = Args::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match nearest(names.iter().copied(), word) {
        Some(near) => format!("there is no command '{word}'; did you mean '{near}'? `sockeye --help` lists them all"),
        None => format!("there is no command '{word}'; there are {}", names.join(", ")),
    }
}

/// Arguments that a command cannot do without.
fn missing(argument: &str, plain: &[&str], words: &[String], command: Option<&str>, help: &str) -> String {
    let Some(command) = command else { return format!("{argument} is missing; {help} shows how") };
    if let [file, after, ..] = plain
        && !is_command(file)
        && is_command(after)
    {
        return format!("'{file}' stands before the command; the file comes after it: sockeye {after} {file}");
    }
    // `-e` takes the next word, even where that is the file.
    let swallowed = words.windows(2).find_map(|two| match two {
        [option, file] if option.starts_with('-') && Path::new(file).is_file() => Some((option, file)),
        _ => None,
    });
    if let Some((option, file)) = swallowed.filter(|_| argument.contains("FILE") && !argument.starts_with('-')) {
        return format!(
            "`sockeye {command}` needs a FILE: '{file}' is taken for the value of {option}; give both, as {help} shows"
        );
    }
    match (argument, command) {
        ("<FILE>", _) => {
            format!("`sockeye {command}` needs a FILE: sockeye {command} capture.pcap; '-' is standard input")
        }
        (_, "explain") => {
            "`sockeye explain` needs bytes, or FILE#N, or '-': sockeye explain 81 05 48 65 6c 6c 6f".to_owned()
        }
        _ => format!("`sockeye {command}` needs {argument}; {help} shows how"),
    }
}

/// A word more than a command takes.
fn too_many(argument: &str, plain: &[&str], command: Option<&str>, help: &str) -> String {
    let own = Args::command();
    let takes_file = command.is_none_or(|name| {
        let found = own.find_subcommand(name);
        found.is_some_and(|command| command.get_positionals().any(|argument| argument.get_id() == "file"))
    });
    let first = plain.iter().find(|word| Some(**word) != command && **word != argument);
    let name = command.map_or(String::new(), |command| format!(" {command}"));
    match first.filter(|_| takes_file) {
        Some(file) if Path::new(argument).exists() || command != Some("follow") => {
            format!(
                "'{argument}' is one file too many: one is read at a time, here '{file}'; run sockeye{name} {argument} after it"
            )
        }
        _ => format!("'{argument}' is one word too many for `sockeye{name}`; {help} shows what it takes"),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(" and ")),
        _ => None,
    }
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
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
    use clap::Parser;

    /// What is said of a command line.
    fn said(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let error = Args::try_parse_from(std::iter::once("sockeye").chain(line.split(' '))).unwrap_err();
        sentence(&error, &words).unwrap_or_else(|| format!("the parser's own words: {error}"))
    }

    #[test]
    fn a_bad_value_is_told_what_is_wanted_and_how_to_write_it() {
        for (line, option, example) in [
            ("frames -c x a.pcap", "--count", "like -c 100"),
            ("frames -c= a.pcap", "--count", "like -c 100"),
            ("frames -c 1.5 a.pcap", "--count", "like -c 100"),
            ("frames -c 99999999999999999999 a.pcap", "--count", "like -c 100"),
            ("stats --threads 0 a.pcap", "--threads", "from 1 on, like --threads 2"),
            ("stats --threads many a.pcap", "--threads", "like --threads 2"),
            ("frames --width wide a.pcap", "--width", "like --width 120"),
            ("live --width wide lo", "--width", "like --width 120"),
            ("frames --format xml a.pcap", "--format", "one of text, jsonl, csv, fields"),
            ("frames --color sometimes a.pcap", "--color", "one of auto, always, never"),
            ("frames -d tcp.port==1 a.pcap", "--decode-as", "write tcp.port==9000,websocket"),
            ("live -s 0 lo", "--snaplen", "from 1 to 262144, like -s 96"),
            ("live -B 4097 lo", "--buffer-size", "from 1 to 4096, like -B 256"),
            ("follow a.pcap first", "CONNECTION", "`sockeye connections FILE`"),
            ("fields packets", "LIST", "one of frames, messages, connections"),
            ("completions tcsh", "SHELL", "one of bash, elvish, fish, powershell, zsh"),
            ("frames a.pcap -c", "--count", "needs a value"),
            ("frames a.pcap --format", "--format", "needs a value: it is one of text"),
        ] {
            let said = said(line);
            assert!(said.contains(option) && said.contains(example), "{line}: {said}");
            for jargon in ["invalid", "digit found", "target type", "integer", "supplied", "parser"] {
                assert!(!said.contains(jargon), "{line}: {said}");
            }
        }
    }

    #[test]
    fn words_too_many_and_too_few_are_named() {
        for (line, wanted) in [
            ("frames a.pcap b.pcap", "'b.pcap' is one file too many: one is read at a time, here 'a.pcap'"),
            ("a.pcap b.pcap", "'b.pcap' is one file too many: one is read at a time, here 'a.pcap'"),
            ("-q stats a.pcap b.pcap", "run sockeye stats b.pcap after it"),
            ("notes x", "'x' is one word too many for `sockeye notes`"),
            ("frames", "`sockeye frames` needs a FILE: sockeye frames capture.pcap"),
            ("frames -e Cargo.toml", "'Cargo.toml' is taken for the value of -e"),
            ("explain", "sockeye explain 81 05 48"),
            ("help nope", "there is no command 'nope'; "),
            ("help frmes", "did you mean 'frames'?"),
            ("frmes a.pcap", "there is no command 'frmes'; did you mean 'frames'?"),
            ("frames a.pcap --frmat csv", "there is no option --frmat; did you mean --format?"),
            ("frames a.pcap -Z", "there is no option -Z; `sockeye frames --help` lists those there are"),
            ("frames -c -1 a.pcap", "numbers have no sign"),
            ("frames -c 1 -c 2 a.pcap", "--count is given twice"),
            ("stats --quiet=yes a.pcap", "--quiet takes no value"),
            ("live -b filesize:1 lo", "`sockeye live` needs --write <FILE>"),
        ] {
            let said = said(line);
            assert!(said.contains(wanted), "{line}: {said}");
        }
    }

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
