//! Something that is put into the configuration by a key: a filter under a name, the columns of the list.
//!
//! In: the text of the file, and a [`Setting`]. Out: the text with it, all else as its owner wrote it, comments too; or, in one
//! line, why not: a file that is no TOML is left alone. A file that is a link stays one.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// What is put into the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A filter, under this name.
    Filter(String, String),
    /// The columns of the list, `Name:field` and width each; those that are usual where there are none.
    Columns(Vec<(String, Option<u16>)>),
}

impl Setting {
    /// What it is, for people.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Setting::Filter(name, _) => format!("${name}"),
            Setting::Columns(_) => "the columns".to_owned(),
        }
    }

    /// A configuration with it.
    ///
    /// # Errors
    /// The text is no TOML, or has something else in this place: one line for people.
    pub fn put_into(&self, text: &str) -> Result<String, String> {
        let mut document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| format!("it is not read as TOML: {}", error.message()))?;
        match self {
            Setting::Filter(name, filter) => {
                let section = document.entry("filters").or_insert_with(|| Item::Table(Table::new()));
                let section = section.as_table_like_mut().ok_or("`filters` in it is no section")?;
                put(section.entry(name).or_insert(Item::None), Value::from(filter.as_str()));
            }
            Setting::Columns(columns) if columns.is_empty() => drop(document.remove("columns")),
            Setting::Columns(columns) => {
                let item = document.entry("columns").or_insert(Item::None);
                put(item, Value::Array(columns.iter().map(column).collect::<Array>()));
            }
        }
        Ok(document.to_string())
    }

    /// Puts it into a file, which is made where there is none.
    ///
    /// # Errors
    /// One line for people.
    pub fn put_into_file(&self, file: &Path) -> Result<(), String> {
        // What a link leads to is changed, not the link.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let said = |error: io::Error| format!("{} cannot be written: {error}", file.display());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
        };
        let text = self.put_into(&text).map_err(|wrong| format!("{} is left as it is: {wrong}", file.display()))?;
        let folder = file.parent().unwrap_or(&file);
        fs::create_dir_all(folder).map_err(said)?;
        // A new file takes the place of the old one at once: whoever is ended in the middle loses nothing.
        let mut made = tempfile::NamedTempFile::new_in(folder).map_err(said)?;
        made.write_all(text.as_bytes()).map_err(said)?;
        if let Ok(before) = fs::metadata(&file) {
            fs::set_permissions(made.path(), before.permissions()).map_err(said)?;
        }
        made.persist(&file).map_err(|error| said(error.error))?;
        Ok(())
    }
}

/// Puts a value where another may stand, with the comment behind it.
fn put(item: &mut Item, mut value: Value) {
    if let Some(before) = item.as_value() {
        *value.decor_mut() = before.decor().clone();
    }
    *item = Item::Value(value);
}

/// A text, or a table where a width is chosen.
fn column((text, width): &(String, Option<u16>)) -> Value {
    let Some(width) = width else { return Value::from(text.as_str()) };
    let spec = crate::output::Spec::parse(text);
    let mut table = InlineTable::new();
    if let Some(title) = spec.title {
        table.insert("name", Value::from(title));
    }
    table.insert("field", Value::from(spec.expression));
    table.insert("width", Value::from(i64::from(*width)));
    Value::InlineTable(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::config::Config;

    const OWN: &str = "# mine\ntheme = \"light\" # by day\n\n[keys] # few\nquit = [\"Q\"]\n\n# last\n";

    fn filter(name: &str, text: &str) -> Setting {
        Setting::Filter(name.to_owned(), text.to_owned())
    }

    #[test]
    fn all_else_stays_as_its_owner_wrote_it() {
        let once = filter("slow", "ws.round_trip > 0.05 # \"no\"").put_into(OWN).unwrap();
        for line in OWN.lines() {
            assert!(once.contains(line), "{line} in {once}");
        }
        let columns = vec![("number".to_owned(), None), ("Price:ws.json[\"p\"]".to_owned(), Some(8))];
        let twice = Setting::Columns(columns.clone()).put_into(&once).unwrap();
        for line in once.lines() {
            assert!(twice.contains(line), "{line} in {twice}");
        }
        let config = Config::read(&twice);
        // What stands between the quotes is no comment.
        assert!(config.complaints[0].contains("$slow"), "{:?}", config.complaints);
        let read: Vec<_> = config.columns.unwrap().iter().map(|column| column.line()).collect();
        assert_eq!(read, columns);
        assert_eq!(Setting::Columns(Vec::new()).put_into(&twice).unwrap(), once);
    }

    #[test]
    fn what_is_there_is_replaced_and_its_comment_stays() {
        let text = "columns = \"n\" # few\n[filters]\nslow = \"ws.ping\" # was\n";
        let text = filter("slow", "ws.pong").put_into(text).unwrap();
        let text = Setting::Columns(vec![("op".to_owned(), None)]).put_into(&text).unwrap();
        assert_eq!(text, "columns = [\"op\"] # few\n[filters]\nslow = \"ws.pong\" # was\n");
        let config = Config::read(&text);
        assert_eq!((config.complaints.len(), config.saved.text("slow")), (0, Some("ws.pong")));
    }

    #[test]
    fn a_file_that_is_no_configuration_is_left_alone() {
        assert!(filter("a", "ws.ping").put_into("theme = pink").unwrap_err().contains("not read as TOML"));
        assert!(filter("a", "ws.ping").put_into("filters = 1").is_err());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new").join("config.toml");
        filter("a", "ws.ping").put_into_file(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "[filters]\na = \"ws.ping\"\n");
        fs::write(&file, "[").unwrap();
        assert!(filter("a", "ws.ping").put_into_file(&file).unwrap_err().contains("left as it is"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "[");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.toml"), folder.path().join("config.toml"));
        fs::write(&real, "mouse = true\n").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        filter("a", "ws.ping").put_into_file(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "mouse = true\n\n[filters]\na = \"ws.ping\"\n");
    }
}
