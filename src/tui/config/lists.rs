//! The parts of a configuration that are lists of the user's own: saved filters, macros, columns, colours by filter.
//!
//! In: values of the file with their places. Out: what makes sense of it, and for the rest a line each: a mistake costs only
//! itself. Filters are compiled when all are known, since one may name another.

use ratatui::style::Style;
use toml::Spanned;
use toml::de::DeValue;

use super::{Config, word};
use crate::filter::{Filter, Settings};
use crate::output::Spec;
use crate::tui::list_columns::{ListColumn, Rule, WIDEST};
use crate::tui::theme;

/// A place in the file and what is wrong there.
type Wrong = (usize, String);

/// What was read and waits for the end of the file.
#[derive(Default)]
pub(super) struct Lists {
    /// Names of filters and macros, and where they stand.
    saved: Vec<(String, usize)>,
    columns: Option<Vec<(usize, Spec, Option<u16>)>>,
    rules: Vec<(usize, String, Style)>,
    wrong: Vec<Wrong>,
}

impl Lists {
    /// Takes a value where it belongs here: `None` where it does not.
    pub(super) fn take(
        &mut self,
        config: &mut Config,
        (section, name): (&str, &str),
        at: usize,
        value: &DeValue<'_>,
    ) -> Option<Result<(), String>> {
        Some(match (section, name, value) {
            ("filters", name, value) => self.save(name, at, value, |name, text| config.saved.filter(name, text)),
            ("macros", name, value) => self.save(name, at, value, |name, text| config.saved.macro_text(name, text)),
            ("", "columns", DeValue::Array(items)) => {
                let columns = items.iter().filter_map(|item| self.said(item.span().start, column(item)));
                let columns = columns.map(|(spec, width)| (at, spec, width)).collect();
                self.columns = Some(columns);
                Ok(())
            }
            ("", "columns", value) => word(value).map(|text| {
                let specs = Spec::parse_all(text).into_iter();
                self.columns = Some(specs.map(|spec| (at, spec, None)).collect());
            }),
            ("", "colors" | "colours", DeValue::Array(items)) => {
                for item in items.iter() {
                    if let Some((filter, style)) = self.said(item.span().start, rule(item.get_ref())) {
                        self.rules.push((item.span().start, filter, style));
                    }
                }
                Ok(())
            }
            _ => return None,
        })
    }

    fn save(
        &mut self,
        name: &str,
        at: usize,
        value: &DeValue<'_>,
        mut add: impl FnMut(&str, &str) -> Result<(), String>,
    ) -> Result<(), String> {
        add(name, word(value)?)?;
        self.saved.push((name.to_owned(), at));
        Ok(())
    }

    /// What came of reading one of several; what is wrong with it is kept for later.
    fn said<T>(&mut self, at: usize, result: Result<T, String>) -> Option<T> {
        result.map_err(|wrong| self.wrong.push((at, wrong))).ok()
    }

    /// All is read: filters are compiled, with what they name.
    pub(super) fn settle(mut self, config: &mut Config) -> Vec<Wrong> {
        for (name, mistake) in config.saved.weed() {
            let at = self.saved.iter().find(|(known, _)| *known == name).map_or(0, |(_, at)| *at);
            self.wrong.push((at, format!("${name}: {mistake}")));
        }
        if let Some(columns) = self.columns.take() {
            let columns = columns.into_iter().filter_map(|(at, spec, width)| {
                let column = ListColumn::new(&spec, width, &config.saved);
                self.said(at, column.map_err(|wrong| format!("column `{}`: {wrong}", spec.expression)))
            });
            // Where nothing is left of them, the usual ones are better than none.
            config.columns = Some(columns.collect::<Vec<_>>()).filter(|columns| !columns.is_empty());
        }
        for (at, text, style) in std::mem::take(&mut self.rules) {
            let settings = Settings { macros: config.saved.macros(), references: None };
            let filter = Filter::compile_with(&text, &settings).map_err(|wrong| format!("colour of `{text}`: {wrong}"));
            let rule = self.said(at, filter).map(|filter| Rule { filter, text, style });
            config.rules.extend(rule);
        }
        self.wrong
    }
}

/// `"Name:expression"`, or `{ name = "Name", field = "expression", width = 12 }`.
fn column(item: &Spanned<DeValue<'_>>) -> Result<(Spec, Option<u16>), String> {
    let form = "a column is \"Name:field\", or { name = \"Name\", field = \"field\", width = 12 }";
    let DeValue::Table(table) = item.get_ref() else {
        let text = item.get_ref().as_str().ok_or(form)?;
        let spec = Spec::parse(text);
        return if spec.expression.is_empty() { Err(form.to_owned()) } else { Ok((spec, None)) };
    };
    let mut spec = Spec { title: None, expression: String::new() };
    let mut width = None;
    for (name, value) in table {
        match name.get_ref().as_ref() {
            "name" => spec.title = Some(word(value.get_ref())?.to_owned()).filter(|name| !name.trim().is_empty()),
            "field" => word(value.get_ref())?.trim().clone_into(&mut spec.expression),
            "width" => {
                let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
                let number = number.filter(|number| (1..=WIDEST).contains(number));
                width = Some(number.ok_or_else(|| format!("width is a number from 1 to {WIDEST}"))?);
            }
            name => return Err(format!("`{name}` is not known; {form}")),
        }
    }
    if spec.expression.is_empty() { Err(form.to_owned()) } else { Ok((spec, width)) }
}

/// `filter = "…"`, `style = "…"`.
fn rule(item: &DeValue<'_>) -> Result<(String, Style), String> {
    let form = "a colour is filter = \"ws.length > 1000\", style = \"75 bold\"";
    let DeValue::Table(table) = item else { return Err(form.to_owned()) };
    let (mut filter, mut style) = (None, None);
    for (name, value) in table {
        match name.get_ref().as_ref() {
            "filter" => filter = Some(word(value.get_ref())?.to_owned()),
            "style" => style = Some(theme::style(word(value.get_ref())?)?),
            name => return Err(format!("`{name}` is not known; {form}")),
        }
    }
    match (filter.filter(|filter| !filter.trim().is_empty()), style) {
        (Some(filter), Some(style)) => Ok((filter, style)),
        _ => Err(form.to_owned()),
    }
}
