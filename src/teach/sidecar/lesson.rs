//! A lesson: steps over a capture, each with what to look at, words, and at times a question.

use toml_edit::{ArrayOfTables, Item, Table, value};

use super::Place;
use super::entry::{Reader, list_of, set, text_of};

/// Steps over a capture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lesson {
    /// Its name in the file, and on the command line: no other entry has it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is learned, as Markdown.
    pub about: String,
    /// Who wrote it.
    pub author: String,
    /// How long it takes; 0 where nobody says.
    pub minutes: u64,
    /// What it consists of.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// What is selected; nothing new where there is none.
    pub at: Option<Place>,
    /// The view, by the name that `sockeye --view` takes; that of before where it is empty.
    pub view: String,
    /// The display filter; none where it is empty.
    pub filter: String,
    /// Names of fields whose values are not shown until they are revealed.
    pub hide: Vec<String>,
    /// What the learner reads, as Markdown.
    pub words: String,
    /// What only the presenter reads, as Markdown.
    pub notes: String,
    /// What is asked.
    pub question: Option<Question>,
}

/// What a learner is asked, and what is right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// The right answer is what this spot of the step's item holds in the capture: `opcode`, `length`, `payload[1]`. Empty
    /// where it is said by `accept`.
    pub field: String,
    /// Answers that are right. With `choices`, they are some of those.
    pub accept: Vec<String>,
    /// What there is to choose from; any text where there is none.
    pub choices: Vec<String>,
    /// Why it is so, as Markdown: read after the answer.
    pub why: String,
}

impl Lesson {
    pub(super) fn read(reader: &mut Reader<'_>, table: &Table) -> Option<Lesson> {
        let id = reader.required(table, "id")?;
        Some(Lesson {
            title: reader.text(table, "title").unwrap_or_else(|| id.clone()),
            id,
            about: reader.text(table, "about").unwrap_or_default(),
            author: reader.text(table, "author").unwrap_or_default(),
            minutes: reader.number(table, "minutes").unwrap_or_default(),
            steps: reader.all(table, "step", Step::read),
        })
    }

    pub(super) fn write(&self, table: &mut Table, before: Option<&Lesson>) {
        set(table, "id", Some(value(&self.id)));
        set(table, "title", Some(value(&self.title)));
        set(table, "about", text_of(&self.about));
        set(table, "author", text_of(&self.author));
        set(table, "minutes", number_of(self.minutes));
        let mut old: Vec<(Step, Table)> = match (before, table.remove("step")) {
            (Some(before), Some(Item::ArrayOfTables(tables))) if before.steps.len() == tables.len() => {
                before.steps.iter().cloned().zip(tables).collect()
            }
            _ => Vec::new(),
        };
        let mut steps = ArrayOfTables::new();
        for step in &self.steps {
            // Whatever its user wrote around a step that stays goes along with it.
            let same = old.iter().position(|(known, _)| known == step);
            let mut table = same.map(|index| old.swap_remove(index).1).unwrap_or_default();
            table.set_position(None);
            if same.is_none() {
                step.write(&mut table);
            }
            steps.push(table);
        }
        if !steps.is_empty() {
            table.insert("step", Item::ArrayOfTables(steps));
        }
    }
}

fn number_of(number: u64) -> Option<Item> {
    i64::try_from(number).ok().filter(|number| *number > 0).map(value)
}

impl Step {
    fn read(reader: &mut Reader<'_>, table: &Table) -> Option<Step> {
        Some(Step {
            at: if table.contains_key("at") { Some(reader.place(table, "at")?) } else { None },
            view: reader.text(table, "view").unwrap_or_default(),
            filter: reader.text(table, "filter").unwrap_or_default(),
            hide: reader.list(table, "hide"),
            words: reader.text(table, "words").unwrap_or_default(),
            notes: reader.text(table, "notes").unwrap_or_default(),
            question: table.get("question").and_then(Item::as_table_like).map(|table| Question {
                ask: reader.text(table, "ask").unwrap_or_default(),
                field: reader.text(table, "field").unwrap_or_default(),
                accept: reader.list(table, "accept"),
                choices: reader.list(table, "choices"),
                why: reader.text(table, "why").unwrap_or_default(),
            }),
        })
    }

    fn write(&self, table: &mut Table) {
        set(table, "at", self.at.as_ref().map(|at| value(at.to_string())));
        set(table, "view", text_of(&self.view));
        set(table, "filter", text_of(&self.filter));
        set(table, "hide", list_of(&self.hide));
        set(table, "words", text_of(&self.words));
        set(table, "notes", text_of(&self.notes));
        if let Some(question) = &self.question {
            let mut inner = Table::new();
            set(&mut inner, "ask", text_of(&question.ask));
            set(&mut inner, "field", text_of(&question.field));
            set(&mut inner, "accept", list_of(&question.accept));
            set(&mut inner, "choices", list_of(&question.choices));
            set(&mut inner, "why", text_of(&question.why));
            table.insert("question", Item::Table(inner));
        }
    }
}
