//! The command line and the palette: everything a key does, by name, and what needs words.
//!
//! In: what was typed after `:`. Out: a [`Command`], or one line that says what is wrong with it and what would do.

use super::keys::{Action, BINDINGS, Binding, Keys};
use super::list_columns::{COLUMNS, WIDEST};
use super::page_name::PageName;
use super::pages;
use super::theme::Theme;
use super::time_format::TimeFormat;
use crate::base::SocketId;
use crate::trace::{Address, AddressError, Item, Spot};

/// Something to do, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What a key does.
    Action(Action),
    /// To a frame.
    Frame(u64),
    /// To a message.
    Message(u64),
    /// To a connection, or a stream of one.
    Connection(SocketId),
    /// To what an address names.
    GoTo(Address),
    /// Show a page.
    Page(PageName),
    /// Other colours.
    Theme(&'static str),
    /// Another way to show time.
    Time(TimeFormat),
    /// Show what this filter selects.
    Filter(String),
    /// Say what this filter does, or the one at work where it is empty.
    Explain(String),
    /// Look for something.
    Find(String),
    /// Make a column of the list this wide, 0 leaves it out; or as wide as it needs.
    Width(&'static str, Option<u16>),
    /// Keep what was captured so far in a file.
    Keep(String),
}

/// One line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is typed for it.
    pub name: String,
    /// What it does.
    pub help: String,
    /// The key that does the same.
    pub key: Key,
}

/// The key for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Those of an action.
    Of(Action),
    /// The digit of a view.
    Digit(usize),
    /// There is none.
    None,
}

impl Entry {
    /// Its keys, as people write them.
    #[must_use]
    pub fn keys(&self, keys: &Keys) -> String {
        match self.key {
            Key::Of(action) => keys.of(action).join(" "),
            Key::Digit(digit) => digit.to_string(),
            Key::None => String::new(),
        }
    }
}

/// Everything that can be typed, for completion and the palette.
#[must_use]
pub fn entries() -> Vec<Entry> {
    let entry = |name: String, help: &str| Entry { name, help: help.to_owned(), key: Key::None };
    let of_key =
        |binding: &Binding| Entry { key: Key::Of(binding.action), ..entry(binding.name.to_owned(), binding.help) };
    let mut entries: Vec<Entry> = BINDINGS.iter().map(of_key).collect();
    entries.extend(
        (1..).zip(pages::ALL).map(|(digit, page)| Entry {
            key: Key::Digit(digit),
            ..entry(format!("view {}", page.name.0), page.shows)
        }),
    );
    entries.extend(Theme::ALL.iter().map(|theme| entry(format!("theme {}", theme.name), "other colours")));
    entries.extend(TimeFormat::ALL.iter().map(|time| entry(format!("time {}", time.name()), "how time is shown")));
    let width = |column: &&str| entry(format!("width {column} "), "columns of this column; 0 hides it, auto fits it");
    entries.extend(COLUMNS.iter().map(width));
    for (name, help) in [
        ("frame ", "to the frame of this number (also a number alone)"),
        ("message ", "to the message of this number"),
        ("connection ", "to the connection of this number"),
        ("goto ", "to an address: #12.mask, #12.payload[4..7], #m3, #c0.request.Origin"),
        ("filter ", "show only what a filter selects"),
        ("filter --explain", "say what the filter does, or the one that follows: in words, as a tree, what it costs"),
        ("find ", "look for a text in payloads"),
        ("keep ", "keep what was captured so far in a file"),
    ] {
        entries.push(entry(name.to_owned(), help));
    }
    entries
}

impl Command {
    /// Reads a command.
    ///
    /// # Errors
    /// One line for people.
    pub fn parse(line: &str) -> Result<Command, String> {
        let line = line.trim();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        if let Ok(number) = name.trim_start_matches('#').parse() {
            return Ok(Command::Frame(number));
        }
        if name.starts_with('#') {
            return line.parse().map(Command::GoTo).map_err(|wrong: AddressError| wrong.to_string());
        }
        if let Some(binding) = BINDINGS.iter().find(|binding| binding.name == name && rest.is_empty()) {
            return Ok(Command::Action(binding.action));
        }
        if BINDINGS.iter().any(|binding| binding.name == name) {
            return Err(match name {
                "mark" | "go-to-mark" => format!("{name} alone asks for its letter, the next key"),
                _ => format!("{name} takes nothing after it"),
            });
        }
        let number = || rest.parse().map_err(|_| format!("{name} wants a number, like `{name} 12`"));
        match name {
            "q" | "q!" | "quit!" => Ok(Command::Action(Action::Quit)),
            "frame" | "f" => Ok(Command::Frame(number()?)),
            "message" | "m" => Ok(Command::Message(number()?)),
            "goto" if !rest.is_empty() => {
                rest.parse().map(Command::GoTo).map_err(|wrong: AddressError| wrong.to_string())
            }
            "goto" => Err("goto wants an address, like `goto #12.mask`, `goto #m3` or `goto #c0`".to_owned()),
            "connection" | "c" => match format!("c{rest}").parse::<Address>() {
                Ok(Address { item: Item::Socket(socket), spot }) if spot == Spot::default() => {
                    Ok(Command::Connection(socket))
                }
                _ => Err(format!(
                    "{name} wants a number, and the stream where there is one, like `{name} 12` or `{name} 12s5`"
                )),
            },
            "filter" if rest.split(' ').next() == Some("--explain") => {
                Ok(Command::Explain(rest.trim_start_matches("--explain").trim().to_owned()))
            }
            "filter" if !rest.is_empty() => Ok(Command::Filter(rest.to_owned())),
            "find" if !rest.is_empty() => Ok(Command::Find(rest.to_owned())),
            "keep" if !rest.is_empty() => Ok(Command::Keep(rest.to_owned())),
            "keep" => Err("keep wants the name of a file, like `keep today.pcapng`".to_owned()),
            "filter" => Err("filter wants an expression, like `filter websocket.opcode == 1`".to_owned()),
            "find" => Err("find wants a text, like `find hello`".to_owned()),
            "width" => width(rest),
            "view" => one_of(name, rest, pages::ALL.iter().map(|page| (page.name.0, Command::Page(page.name)))),
            "theme" => one_of(name, rest, Theme::ALL.iter().map(|theme| (theme.name, Command::Theme(theme.name)))),
            "time" => one_of(name, rest, TimeFormat::ALL.iter().map(|time| (time.name(), Command::Time(*time)))),
            "" => Err(String::new()),
            _ => Err(match nearest(name) {
                Some(near) => format!("no command `{name}`; perhaps `{near}`"),
                None => format!("no command `{name}`; ^p lists them"),
            }),
        }
    }
}

fn width(rest: &str) -> Result<Command, String> {
    let (name, width) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let column = COLUMNS.into_iter().find(|column| *column == name);
    let column = column.ok_or_else(|| format!("width is of one of {}", COLUMNS.join(", ")))?;
    match width.trim() {
        "auto" => Ok(Command::Width(column, None)),
        width => match width.parse().ok().filter(|width| *width <= WIDEST) {
            Some(width) => Ok(Command::Width(column, Some(width))),
            None => Err(format!("width wants a number up to {WIDEST}, or auto: `width {column} 12`")),
        },
    }
}

fn one_of<'a>(
    name: &str,
    wanted: &str,
    choices: impl Iterator<Item = (&'a str, Command)> + Clone,
) -> Result<Command, String> {
    choices.clone().find(|(choice, _)| *choice == wanted).map(|(_, command)| command).ok_or_else(|| {
        let names: Vec<&str> = choices.map(|(choice, _)| choice).collect();
        format!("{name} is one of {}", names.join(", "))
    })
}

/// A command that begins like this.
fn nearest(name: &str) -> Option<String> {
    let start: String = name.chars().take(3).collect();
    completions(&start).into_iter().next().map(|name| name.trim().to_owned())
}

/// The entries that what was typed is found in, letter by letter, the best first.
#[must_use]
pub fn ranked(typed: &str) -> Vec<Entry> {
    let mut found: Vec<(u32, Entry)> = entries()
        .into_iter()
        .filter_map(|entry| {
            let by_name = score(typed, &entry.name);
            let by_help = score(typed, &entry.help).map(|score| score + 100);
            Some((by_name.into_iter().chain(by_help).min()?, entry))
        })
        .collect();
    found.sort_by_key(|(score, entry)| (*score, entry.name.len()));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How far the letters of `typed` lie apart in `text`, small for a good match; `None` where they are not all there.
fn score(typed: &str, text: &str) -> Option<u32> {
    let mut score = 0;
    let mut at = 0;
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut last = None;
    for wanted in typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
        let found = letters.iter().skip(at).position(|c| *c == wanted)? + at;
        let begins = found == 0 || letters.get(found - 1).is_some_and(|before| !before.is_alphanumeric());
        let follows = last == Some(found.wrapping_sub(1));
        score += match (follows, begins) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 8 + u32::try_from(found - at).unwrap_or(99).min(20),
        };
        last = Some(found);
        at = found + 1;
    }
    Some(score)
}

/// What completes a line that is being typed: the commands that begin with it.
#[must_use]
pub fn completions(typed: &str) -> Vec<String> {
    entries().into_iter().map(|entry| entry.name).filter(|name| name.starts_with(typed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ConnectionId, StreamId};

    #[test]
    fn commands_are_read() {
        assert_eq!(Command::parse("120"), Ok(Command::Frame(120)));
        assert_eq!(Command::parse(" #7 "), Ok(Command::Frame(7)));
        assert_eq!(Command::parse("m 3"), Ok(Command::Message(3)));
        let stream = SocketId { stream: Some(StreamId(5)), ..ConnectionId(3).into() };
        assert_eq!(Command::parse("connection 3s5"), Ok(Command::Connection(stream)));
        assert_eq!(Command::parse("c 3"), Ok(Command::Connection(ConnectionId(3).into())));
        assert!(Command::parse("connection x").unwrap_err().contains("`connection 12s5`"));
        let goto = |address: &str| Ok(Command::GoTo(address.parse().unwrap()));
        assert_eq!(Command::parse("goto #12.mask"), goto("#12.mask"));
        assert_eq!(Command::parse("goto m3"), goto("#m3"));
        assert_eq!(Command::parse("#c0.request.Origin"), goto("#c0.request.Origin"));
        assert_eq!(Command::parse("goto 12.maks").unwrap_err(), "a frame has no field 'maks'; did you mean 'mask'?");
        assert_eq!(Command::parse("quit"), Ok(Command::Action(Action::Quit)));
        assert_eq!(Command::parse("theme light"), Ok(Command::Theme("light")));
        assert_eq!(Command::parse("filter --explain"), Ok(Command::Explain(String::new())));
        assert_eq!(Command::parse("filter --explain ws.ping"), Ok(Command::Explain("ws.ping".to_owned())));
        assert_eq!(Command::parse("find a b"), Ok(Command::Find("a b".to_owned())));
        assert_eq!(Command::parse("time x").unwrap_err(), "time is one of relative, delta, of-day, epoch");
        assert_eq!(Command::parse("width delta 0"), Ok(Command::Width("delta", Some(0))));
        assert_eq!(Command::parse("width time auto"), Ok(Command::Width("time", None)));
        assert!(Command::parse("width time 101").is_err() && Command::parse("width x 1").is_err());
        assert_eq!(Command::parse("frame x").unwrap_err(), "frame wants a number, like `frame 12`");
        assert_eq!(Command::parse("qiut").unwrap_err(), "no command `qiut`; ^p lists them");
        assert_eq!(Command::parse("zomo").unwrap_err(), "no command `zomo`; ^p lists them");
        assert_eq!(Command::parse("zooom").unwrap_err(), "no command `zooom`; perhaps `zoom`");
    }

    #[test]
    fn every_entry_that_is_complete_can_be_run() {
        for entry in entries().iter().filter(|entry| !entry.name.ends_with(' ')) {
            assert!(Command::parse(&entry.name).is_ok(), "{}", entry.name);
        }
    }

    #[test]
    fn the_palette_finds_by_letters() {
        assert_eq!(ranked("zoom").first().unwrap().name, "zoom");
        assert_eq!(ranked("thli").first().unwrap().name, "theme light");
        assert_eq!(ranked("nexfin").first().unwrap().name, "next-finding");
        assert!(ranked("qqqqq").is_empty());
        assert_eq!(completions("theme l"), ["theme light"]);
    }
}
