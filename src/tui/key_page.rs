//! The key table as Markdown: docs/KEYS.md is this text, and a test says so.

use std::fmt::Write as _;

use super::keys::{BINDINGS, Group, Keys, LEGEND, TYPING};
use super::pages;

const HEAD: &str = "\
# Keys

Every key of the inspector. This page is printed by `sockeye keys` from the table that gives the keys their meaning; help
(`?`) is made of the same table and begins with the place where it is asked for. `^d` is Control and d, `A-x` Alt and x;
keys that stand together are pressed one after the other.

Keys are moved in `sockeye/config.toml` under `$XDG_CONFIG_HOME` (`~/.config` where that is not set) by the names in the last
column; `sockeye --print-config` prints a file to start from. A single digit shows a view, and nothing else; a number of two
digits or more before a key of movement repeats it (`12j`), and before `gg` or `G` is the number of a frame (`12gg`). Digits are
of one number where they follow each other within 0.4 seconds. `:5` goes to frame 5, however slowly it is typed.
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(HEAD);
    heading(&mut text, "Views", &["key", "shows", "name"]);
    for (digit, page) in (1..).zip(pages::ALL) {
        let _ = writeln!(text, "| `{digit}` | {} | `view {}` |", page.shows, page.name.0);
    }
    for group in Group::ALL {
        heading(&mut text, group.title(), &["keys", "what they do", "name"]);
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            let _ = writeln!(text, "| {} | {} | `{}` |", keys(binding.keys), binding.help, binding.name);
        }
    }
    let usual = Keys::default();
    for place in pages::places() {
        heading(&mut text, place.title, &["keys", "what they do there"]);
        for here in place.keys {
            let own = usual.of(here.action);
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            let _ = writeln!(text, "| {} | {} |", keys(&own), here.help);
        }
    }
    heading(&mut text, "While typing or choosing", &["where", "keys", "what they do"]);
    for typing in TYPING {
        let _ = writeln!(text, "| {} | {} | {} |", typing.place, keys(typing.keys), typing.help);
    }
    heading(&mut text, "Glyphs", &["glyphs", "what they mean"]);
    for sign in LEGEND {
        let _ = writeln!(text, "| {} | {} |", sign.glyphs, sign.meaning);
    }
    text
}

fn heading(text: &mut String, title: &str, columns: &[&str]) {
    let lines: Vec<&str> = columns.iter().map(|_| "---").collect();
    let _ = writeln!(text, "\n## {title}\n\n| {} |\n|{}|", columns.join(" | "), lines.join("|"));
}

/// Keys as code. A back-tick is none of them, and a bar would end the cell.
fn keys(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect::<Vec<_>>().join(" ")
}
