//! The configuration: keys, colours, time format, columns, and what is saved under names, from a file of the user's.
//!
//! In: the text of the file, which is TOML: values at the top and under `[keys]`, `[colours]` and others. Out: a [`Config`],
//! and one line for each thing that makes no sense, with its line number; the rest counts. The file is `sockeye/config.toml`
//! under `XDG_CONFIG_HOME`, or `~/.config`.

mod lists;
pub mod setting;

use std::fmt::Write as _;
use std::path::PathBuf;

use ratatui::style::Style;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use self::lists::Lists;
use self::setting::Setting;
use super::keys::{BINDINGS, Chord, Keys};
use super::list_columns::{ListColumn, Part, Rule};
use super::text;
use super::theme::{self, Theme};
use super::time_format::TimeFormat;
use crate::base::home;
use crate::filter::Saved;

/// Lines that are left out because they are no TOML, before the rest of the file is too.
const MISTAKES: usize = 100;

/// What a user may choose.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Colours; as the ground of the terminal wants them where there are none.
    pub theme: Option<Theme>,
    /// Parts of the theme that look otherwise.
    pub colours: Vec<(&'static str, Style)>,
    /// How time is shown at first.
    pub time: Option<TimeFormat>,
    /// Whether the mouse is reported from the start.
    pub mouse: Option<bool>,
    /// The key table.
    pub keys: Keys,
    /// Filters and macros by name.
    pub saved: Saved,
    /// The columns of the list, where they are others than usual.
    pub columns: Option<Vec<ListColumn>>,
    /// How rows look that filters select; the first that selects a row counts.
    pub rules: Vec<Rule>,
    /// What makes no sense, a line each.
    pub complaints: Vec<String>,
}

impl Config {
    /// Reads the text of a configuration.
    #[must_use]
    pub fn read(text: &str) -> Config {
        let mut config = Config::default();
        let (kept, mut complaints) = parsable(text);
        let table = DeTable::parse(&kept).unwrap_or_else(|_| Spanned::new(0..0, DeTable::default()));
        let mut lists = Lists::default();
        for entry in entries(&table) {
            let taken = lists.take(&mut config, (entry.section, entry.name), entry.at, entry.value);
            let result = taken.unwrap_or_else(|| config.set(entry.section, entry.name, entry.value));
            if let Err(wrong) = result {
                complaints.push((line_of(&kept, entry.at), wrong));
            }
        }
        let wrong = lists.settle(&mut config).into_iter();
        complaints.extend(wrong.map(|(at, wrong)| (line_of(&kept, at), text::safe(&wrong))));
        complaints.sort_by_key(|(line, _)| *line);
        config.complaints =
            complaints.into_iter().map(|(line, wrong)| format!("config line {line}: {wrong}")).collect();
        let clashes = config.keys.clashes();
        config.complaints.extend(clashes.into_iter().map(|clash| format!("config: {clash}")));
        config
    }

    fn set(&mut self, section: &str, name: &str, value: &DeValue<'_>) -> Result<(), String> {
        match (section, name) {
            ("", "theme") => match word(value)? {
                Theme::AUTO => self.theme = None,
                name => self.theme = Some(Theme::named(name).ok_or(format!("theme is one of {}", theme_names()))?),
            },
            ("", "time") => {
                let wanted = word(value)?;
                let found = TimeFormat::ALL.into_iter().find(|format| format.name() == wanted);
                let names: Vec<&str> = TimeFormat::ALL.iter().map(|format| format.name()).collect();
                self.time = Some(found.ok_or(format!("time is one of {}", names.join(", ")))?);
            }
            ("", "mouse") => self.mouse = Some(value.as_bool().ok_or("mouse is true or false")?),
            ("colours", name) => {
                let part = Theme::PARTS.into_iter().find(|part| *part == name);
                let part = part.ok_or(format!("no part `{name}`; there are {}", Theme::PARTS.join(", ")))?;
                self.colours.push((part, theme::style(word(value)?)?));
            }
            ("keys", name) => {
                let binding = BINDINGS.iter().find(|binding| binding.name == name);
                let binding = binding.ok_or(format!("no action `{name}`; --print-config lists them"))?;
                let mut keys = Vec::new();
                for key in words(value)? {
                    keys.push(Chord::parse(key).ok_or(format!("`{key}` is no key; write j, ^d, gg, PgDn or A-x"))?);
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
        let times: Vec<&str> = TimeFormat::ALL.iter().map(|format| format.name()).collect();
        let theme = self.theme.map_or(Theme::AUTO, |theme| theme.name);
        let _ = writeln!(text, "theme = \"{theme}\"  # {}", theme_names());
        let _ =
            writeln!(text, "time = \"{}\"  # {}", self.time.unwrap_or(TimeFormat::Relative).name(), times.join(", "));
        let _ = writeln!(text, "mouse = {}", self.mouse.unwrap_or(true));
        text.push_str(&self.print_lists());
        let _ = writeln!(text, "\n[colours]");
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

impl Config {
    /// Columns, saved filters and macros, colours by filter.
    fn print_lists(&self) -> String {
        let columns = Setting::Columns(self.columns.iter().flatten().map(ListColumn::line).collect());
        let mut text = columns.put_into("").unwrap_or_default();
        if text.is_empty() {
            let usual: Vec<&str> = Part::ALL.into_iter().map(Part::name).collect();
            text = format!("# columns = [\"{}\"]\n", usual.join("\", \""));
        }
        text.insert_str(
            0,
            "# Columns of the list: these, fields, or \"Name:expression\". In the list C changes them.\n",
        );
        text.push_str(
            "\n[filters]\n# Used as $name; in the line of a filter ^s saves it.\n# slow = \"ws.round_trip > 0.05\"\n",
        );
        let macros = self.saved.macros();
        for (name, filter) in macros.iter().filter_map(|(name, _)| Some((name, self.saved.text(name)?))) {
            let _ = writeln!(text, "{name} = {}", quoted(filter));
        }
        text.push_str("\n[macros]\n# Used as $name(a, b).\n# over = \"ws.length > $1\"\n");
        for (name, body) in macros.iter().filter(|(name, _)| self.saved.text(name).is_none()) {
            let _ = writeln!(text, "{name} = {}", quoted(body));
        }
        text.push_str("\n# Rows that a filter selects look so; the first that does counts.\n");
        text.push_str("# [[colors]]\n# filter = \"ws.length > 65536\"\n# style = \"75 bold\"\n");
        for rule in &self.rules {
            let style = theme::written(rule.style);
            let _ = writeln!(text, "[[colors]]\nfilter = {}\nstyle = \"{style}\"", quoted(&rule.text));
        }
        text
    }
}

/// Every theme that can be written.
fn theme_names() -> String {
    let names: Vec<&str> = std::iter::once(Theme::AUTO).chain(Theme::ALL.iter().map(|theme| theme.name)).collect();
    names.join(", ")
}

/// The folder of the user's configuration.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let base = set("XDG_CONFIG_HOME").or_else(|| home::folder().map(|home| home.join(".config")));
    base.or_else(|| set("APPDATA")).map(|base| base.join("sockeye"))
}

/// The folder of what this program remembers by itself (XDG Base Directory Specification; elsewhere where the system has
/// such things).
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let usual = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else {
        let below = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
        home::folder().map(|home| home.join(below))
    };
    set("XDG_STATE_HOME").or(usual).map(|base| base.join("sockeye"))
}

/// A folder that a variable names; a relative one does not count.
fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The text with those lines left empty that keep it from being TOML, and what is wrong with each, by its number. One
/// mistake does not cost the lines around it: the parser's own recovery would leave out whole sections unsaid.
fn parsable(text: &str) -> (String, Vec<(usize, String)>) {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut complaints = Vec::new();
    loop {
        let kept = lines.join("\n");
        let Err(error) = DeTable::parse(&kept) else { return (kept, complaints) };
        let near = error.span().map_or(lines.len(), |span| line_of(&kept, span.start));
        let number = if complaints.len() < MISTAKES { blamed(&lines, near, error.message()) } else { None };
        let Some(number) = number else {
            complaints.push((near, format!("not read; {}", text::safe(error.message()))));
            return (String::new(), complaints);
        };
        let Some(line) = lines.get_mut(number - 1) else { return (String::new(), complaints) };
        complaints.push((number, what_is_wrong(line, error.message())));
        *line = "";
    }
}

/// The number of the line that is to blame for an error at line `near`: that one, or one before it that left a bracket
/// or a quote open.
fn blamed(lines: &[&str], near: usize, error: &str) -> Option<usize> {
    let written = || (1..).zip(lines).take(near).filter(|(_, line)| !line.trim().is_empty());
    let alone = || written().filter(|(_, line)| DeTable::parse(line).is_err()).last();
    let found = if error.starts_with("duplicate") { None } else { alone() };
    found.or_else(|| written().last()).map(|(number, _)| number)
}

/// What is wrong with a line, and what would do.
fn what_is_wrong(line: &str, error: &str) -> String {
    if !line.contains('=') {
        return "no `name = value`".to_owned();
    }
    if error.starts_with("string values must be quoted") {
        return "a text stands in quotes, like \"dark\"".to_owned();
    }
    format!("{}; --print-config shows the form", text::safe(error))
}

/// The number of the line in which a byte stands.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// A value of the file: the section it stands in, its name, and where in the text it begins.
struct Entry<'a> {
    section: &'a str,
    name: &'a str,
    at: usize,
    value: &'a DeValue<'a>,
}

/// Every value of the file in the order of the file.
fn entries<'a>(table: &'a Spanned<DeTable<'a>>) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(inside) => {
                let entry =
                    |(own, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| entry(name.get_ref(), own, value);
                entries.extend(inside.iter().map(entry));
            }
            _ => entries.push(entry("", name, value)),
        }
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn entry<'a>(section: &'a str, name: &'a Spanned<DeString<'a>>, value: &'a Spanned<DeValue<'a>>) -> Entry<'a> {
    Entry { section, name: name.get_ref(), at: name.span().start, value: value.get_ref() }
}

/// One text.
fn word<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| "a text stands in quotes, like \"dark\"".to_owned())
}

/// One text, or several in brackets.
fn words<'a>(value: &'a DeValue<'_>) -> Result<Vec<&'a str>, String> {
    match value.as_array() {
        None => Ok(vec![word(value)?]),
        Some(array) => array.iter().map(|item| word(item.get_ref())).collect(),
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
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
    fn lists_of_the_user_are_read_and_a_mistake_costs_itself() {
        let text = r#"columns = ["number", "Price:ws.json.p", "ws.lenght", { name = "Who", field = "ip.src", width = 20 }]
[filters]
slow = "ws.round_trip > 0.05"
bad = "ws.round_trap > 1"
both = "$slow && $over(7)"
tcp = "ws.ping"
[macros]
over = "ws.length > $1"
[[colors]]
filter = "$slow"
style = "210 bold"
[[colors]]
filter = "nonsense"
style = "1"
[[colors]]
filter = "ws.ping"
style = "pink"
"#;
        let config = Config::read(text);
        let complaints = config.complaints.join("\n");
        for wanted in [
            "config line 1: column `ws.lenght`: unknown field",
            "config line 4: $bad: 'ws.round_trap' is no name",
            "config line 6: `tcp` is a name of the language already",
            "config line 12: colour of `nonsense`: ",
            "config line 15: `pink` is no colour",
        ] {
            assert!(complaints.contains(wanted), "{wanted} in {complaints}");
        }
        assert_eq!(config.complaints.len(), 5, "{complaints}");
        assert_eq!(config.saved.macros().len(), 3);
        let columns: Vec<_> = config.columns.iter().flatten().map(ListColumn::line).collect();
        let wanted = [("number", None), ("Price:ws.json.p", None), ("Who:ip.src", Some(20))];
        assert_eq!(columns, wanted.map(|(text, width)| (text.to_owned(), width)));
        assert_eq!(config.rules.len(), 1);
        // What is printed says the same.
        let again = Config::read(&config.print());
        assert_eq!((again.complaints.clone(), again.saved, again.rules.len()), (Vec::new(), config.saved, 1));
        assert_eq!(again.columns.iter().flatten().map(ListColumn::line).collect::<Vec<_>>(), columns);
    }

    #[test]
    fn columns_may_be_written_in_one_line() {
        let config = Config::read("columns = 'number,Top:max(ws.length, 3),payload'");
        assert_eq!((config.complaints.len(), config.columns.map(|columns| columns.len())), (0, Some(3)));
        assert!(Config::read("columns = [1]\n").complaints[0].starts_with("config line 1: a column is"));
        assert!(Config::read("columns = [\"x.y\"]\n").columns.is_none());
    }

    #[test]
    fn one_mistake_costs_no_other_line() {
        let config = Config::read("nonsense\n[keys]\nup = [\"K\"\nzoom = \"z\"\nzoom = \"Z\"\n");
        let complaints = config.complaints.join("\n");
        for wanted in ["config line 1: no `name", "config line 3: ", "config line 5: duplicate key"] {
            assert!(complaints.contains(wanted), "{wanted} in {complaints}");
        }
        assert_eq!(config.keys.of(Action::Zoom), ["z"]);
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
