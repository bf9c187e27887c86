//! The configuration: keys, colours and time format, from a file of the user's.
//!
//! In: the text of the file, `name = "value"` lines under `[keys]`, `[colours]` and at the top; `#` begins a comment. Out: a
//! [`Config`], and one line for each thing that makes no sense, with its line number; the rest counts. The file is
//! `sockeye/config.toml` under `XDG_CONFIG_HOME`, or `~/.config`.

use std::fmt::Write as _;
use std::path::PathBuf;

use ratatui::style::Style;

use super::keys::{BINDINGS, Chord, Keys};
use super::theme::{self, Theme};
use super::time_format::TimeFormat;

/// What a user may choose.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Colours.
    pub theme: Option<Theme>,
    /// Parts of the theme that look otherwise.
    pub colours: Vec<(&'static str, Style)>,
    /// How time is shown at first.
    pub time: Option<TimeFormat>,
    /// The mouse is reported from the start.
    pub mouse: bool,
    /// The key table.
    pub keys: Keys,
    /// What makes no sense, a line each.
    pub complaints: Vec<String>,
}

impl Config {
    /// Reads the text of a configuration.
    #[must_use]
    pub fn read(text: &str) -> Config {
        let mut config = Config::default();
        let mut section = String::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = uncommented(line).trim();
            if line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name.trim().to_owned();
                continue;
            }
            let result = match line.split_once('=') {
                Some((name, value)) => config.set(&section, name.trim(), value.trim()),
                None => Err("no `name = value`".to_owned()),
            };
            if let Err(wrong) = result {
                config.complaints.push(format!("config line {number}: {wrong}"));
            }
        }
        let clashes = config.keys.clashes();
        config.complaints.extend(clashes.into_iter().map(|clash| format!("config: {clash}")));
        config
    }

    fn set(&mut self, section: &str, name: &str, value: &str) -> Result<(), String> {
        match (section, name) {
            ("", "theme") => {
                let wanted = unquoted(value)?;
                let names: Vec<&str> = Theme::ALL.iter().map(|theme| theme.name).collect();
                let theme = Theme::named(&wanted).ok_or(format!("theme is one of {}", names.join(", ")))?;
                self.theme = Some(theme);
            }
            ("", "time") => {
                let wanted = unquoted(value)?;
                let found = TimeFormat::ALL.into_iter().find(|format| format.name() == wanted);
                let names: Vec<&str> = TimeFormat::ALL.iter().map(|format| format.name()).collect();
                self.time = Some(found.ok_or(format!("time is one of {}", names.join(", ")))?);
            }
            ("", "mouse") => {
                self.mouse = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err("mouse is true or false".to_owned()),
                };
            }
            ("colours", name) => {
                let part = Theme::PARTS.into_iter().find(|part| *part == name);
                let part = part.ok_or(format!("no part `{name}`; there are {}", Theme::PARTS.join(", ")))?;
                self.colours.push((part, theme::style(&unquoted(value)?)?));
            }
            ("keys", name) => {
                let binding = BINDINGS.iter().find(|binding| binding.name == name);
                let binding = binding.ok_or(format!("no action `{name}`; --print-config lists them"))?;
                let mut keys = Vec::new();
                for key in list(value)? {
                    keys.push(Chord::parse(&key).ok_or(format!("`{key}` is no key; write j, ^d, gg, PgDn or A-x"))?);
                }
                self.keys.rebind(binding.action, keys);
            }
            (section, name) => return Err(format!("`{name}` in [{section}] is not known")),
        }
        Ok(())
    }

    /// The theme with the parts that look otherwise.
    #[must_use]
    pub fn themed(&self, mut theme: Theme) -> Theme {
        for (name, style) in &self.colours {
            if let Some(part) = theme.part(name) {
                *part = *style;
            }
        }
        theme
    }

    /// The whole configuration as a file would hold it.
    #[must_use]
    pub fn print(&self) -> String {
        let mut text = String::from("# sockeye: save as ~/.config/sockeye/config.toml\n\n");
        let themes: Vec<&str> = Theme::ALL.iter().map(|theme| theme.name).collect();
        let times: Vec<&str> = TimeFormat::ALL.iter().map(|format| format.name()).collect();
        let _ = writeln!(text, "theme = \"{}\"  # {}", self.theme.unwrap_or(Theme::dark()).name, themes.join(", "));
        let _ =
            writeln!(text, "time = \"{}\"  # {}", self.time.unwrap_or(TimeFormat::Relative).name(), times.join(", "));
        let _ = writeln!(text, "mouse = {}\n\n[colours]", self.mouse);
        let _ =
            writeln!(text, "# Parts of the theme that look otherwise: 0 to 255 or #rrggbb, \"75 on 236 bold\"; also");
        let _ = writeln!(text, "# underlined and inverse. The theme has:");
        let mut theme = self.themed(self.theme.unwrap_or(Theme::dark()));
        for name in Theme::PARTS {
            let style = theme.part(name).map_or_else(String::new, |style| theme::written(*style));
            let own = self.colours.iter().any(|(part, _)| *part == name);
            let _ = writeln!(text, "{}{name} = \"{style}\"", if own { "" } else { "# " });
        }
        let _ = writeln!(text, "\n[keys]");
        for binding in BINDINGS {
            let keys: Vec<String> = self.keys.of(binding.action).iter().map(|keys| quoted(keys)).collect();
            let _ = writeln!(text, "{} = [{}]  # {}", binding.name, keys.join(", "), binding.help);
        }
        text
    }
}

/// The folder of the user's configuration.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    base.or_else(|| set("APPDATA")).map(|base| base.join("sockeye"))
}

/// A line without its comment; `#` inside quotes is none.
fn uncommented(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '#' if !quoted => return line.get(..at).unwrap_or(line),
            _ => {}
        }
    }
    line
}

fn unquoted(value: &str) -> Result<String, String> {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let inside = inside.ok_or("a text stands in quotes, like \"dark\"".to_owned())?;
    Ok(inside.replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One text, or several in brackets.
fn list(value: &str) -> Result<Vec<String>, String> {
    let Some(inside) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) else {
        return Ok(vec![unquoted(value)?]);
    };
    let mut items = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let body = rest.strip_prefix('"').ok_or("keys stand in quotes, like [\"j\", \"Down\"]".to_owned())?;
        let mut escaped = false;
        let end = body.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (end, _) = end.ok_or("a quote is missing".to_owned())?;
        items.push(unquoted(rest.get(..end + 2).unwrap_or(rest))?);
        rest = body.get(end + 1..).unwrap_or("").trim_start().trim_start_matches(',').trim_start();
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::{Action, Meaning};

    #[test]
    fn what_is_printed_is_read_again_without_complaint() {
        let printed = Config::default().print();
        let config = Config::read(&printed);
        assert_eq!(config.complaints, Vec::<String>::new());
        assert_eq!(config.print(), printed);
    }

    #[test]
    fn keys_can_be_moved() {
        let config = Config::read("theme = \"light\"\n[keys]\nquit = [\"Q\", \"^q\"] # both\nzoom = \"z\"\n");
        assert_eq!(config.complaints, Vec::<String>::new());
        let means = |keys: &str| config.keys.meaning(&Chord::parse(keys).unwrap());
        assert_eq!(means("^q"), Meaning::Action(Action::Quit));
        assert_eq!(means("q"), Meaning::Nothing);
        assert_eq!(means("z"), Meaning::Action(Action::Zoom));
        assert_eq!(config.theme, Some(Theme::light()));
    }

    #[test]
    fn parts_of_the_theme_can_look_otherwise() {
        let config = Config::read("[colours]\nclient = \"#0000ff bold\"\nserver = \"pink\"\nnose = \"1\"\n");
        assert_eq!(config.complaints.len(), 2, "{:?}", config.complaints);
        assert_eq!(config.themed(Theme::dark()).client, theme::style("#0000ff bold").unwrap());
        assert_eq!(config.themed(Theme::dark()).server, Theme::dark().server);
        let again = Config::read(&config.print());
        assert_eq!((again.colours, again.complaints), (config.colours, Vec::new()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let config = Config::read("theme = pink\nnonsense\n[keys]\njump = \"j\"\nquit = \"j\"\nup = [\"k\n");
        let complaints = config.complaints.join("\n");
        for wanted in [
            "config line 1: a text stands in quotes",
            "config line 2: no `name = value`",
            "config line 4: no action `jump`",
            "config line 6: ",
            "config: j is both down and quit",
        ] {
            assert!(complaints.contains(wanted), "{wanted} in {complaints}");
        }
    }
}
