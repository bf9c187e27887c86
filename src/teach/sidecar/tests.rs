//! The text of a sidecar against what its user wrote, and what two make of it.

use super::*;
use proptest::prelude::*;

/// As somebody wrote it by hand.
const BY_HAND: &str = r###"# Lab 3, group B
version = 1 # keep

[later]
unknown = "stays"

# the key
[[annotation]]
id = "k"            # short
at = "c0 client 0.mask"
text = "a *key*"
mine = 5
order = 2

[[annotation]]
id = "first"
at = "#2"
text = """
two
lines"""
colour = "blue"
order = 1

[[lesson]]
id = "hello"
title = "Eleven bytes"

# look
[[lesson.step]]
at = "#1"
words = "Look."

[[lesson.step]]
at = "#1.payload[1]"
hide = ["payload"]

[lesson.step.question]
ask = "Which letter?"
field = "payload[1]"
why = "0b xor 6e"
"###;

fn annotation(sidecar: &Sidecar, id: &str) -> Annotation {
    sidecar.annotations().find(|annotation| annotation.id == id).cloned().unwrap()
}

#[test]
fn what_was_written_by_hand_is_read() {
    let sidecar = Sidecar::parse(BY_HAND).unwrap();
    assert_eq!(sidecar.faults, Vec::new());
    assert_eq!(sidecar.text(), BY_HAND);
    let ids: Vec<&str> = sidecar.annotations().map(|annotation| annotation.id.as_str()).collect();
    assert_eq!(ids, ["first", "k"], "by their order");
    let first = annotation(&sidecar, "first");
    assert_eq!((first.text.as_str(), first.colour, first.heading()), ("two\nlines", Colour::Blue, "two"));
    let lesson = sidecar.lessons().next().unwrap();
    assert_eq!((lesson.title.as_str(), lesson.steps.len()), ("Eleven bytes", 2));
    let step = &lesson.steps[1];
    assert_eq!(step.at.as_ref().unwrap().to_string(), "#1.payload[1]");
    assert_eq!(step.question.as_ref().unwrap().field, "payload[1]");
}

#[test]
fn a_change_leaves_everything_else_as_it_is() {
    let mut sidecar = Sidecar::parse(BY_HAND).unwrap();
    let was = annotation(&sidecar, "k");
    let now = Annotation { text: "another".to_owned(), author: "me".to_owned(), ..was.clone() };
    let change = Change::annotation(was, now);
    let made = sidecar.change(&change).unwrap();
    let text = sidecar.text();
    assert_eq!(
        text,
        BY_HAND.replace("\"a *key*\"", "\"another\"").replace("order = 2\n", "order = 2\nauthor = \"me\"\n")
    );
    sidecar.change(&made.undone()).unwrap();
    assert_eq!(sidecar.text(), BY_HAND);
}

#[test]
fn a_step_that_stays_keeps_the_comments_around_it() {
    let mut sidecar = Sidecar::parse(BY_HAND).unwrap();
    let was = sidecar.lessons().next().unwrap().clone();
    let mut now = was.clone();
    now.steps.push(Step { words: "The end.".to_owned(), ..Step::default() });
    let change = Change { was: Some(Entry::Lesson(was.clone())), now: Some(Entry::Lesson(now.clone())) };
    sidecar.change(&change).unwrap();
    let text = sidecar.text();
    assert!(text.contains("# look\n[[lesson.step]]") && text.contains("The end."), "{text}");
    let again = Sidecar::parse(&text).unwrap();
    assert_eq!(again.lessons().next(), Some(&now), "{text}");
}

#[test]
fn what_makes_no_sense_is_said_with_its_line_and_keeps_nobody_away() {
    let text = BY_HAND.replace("at = \"#2\"", "at = \"#2.maks\"").replace("order = 2", "order = \"two\"");
    let sidecar = Sidecar::parse(&text).unwrap();
    let lines: Vec<usize> = sidecar.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [13, 17], "{:?}", sidecar.faults);
    assert_eq!(sidecar.annotations().count(), 1);
    assert_eq!(sidecar.text(), text, "it is still there");
    let twice =
        "[[annotation]]\nid=\"a\"\nat=\"#1\"\n[[annotation]]\nid=\"a\"\nat=\"#2\"\n[[annotation]]\ntext=\"none\"\n";
    let sidecar = Sidecar::parse(twice).unwrap();
    assert_eq!((sidecar.annotations().count(), sidecar.faults.len()), (1, 2), "{:?}", sidecar.faults);
}

#[test]
fn what_another_changed_is_merged_or_said() {
    let mut sidecar = Sidecar::parse(BY_HAND).unwrap();
    let was = annotation(&sidecar, "k");
    let theirs = Annotation { colour: Colour::Red, ..was.clone() };
    sidecar.change(&Change::annotation(was.clone(), theirs.clone())).unwrap();
    let ours = Annotation { text: "ours".to_owned(), ..was.clone() };
    let made = sidecar.change(&Change::annotation(was.clone(), ours)).unwrap();
    let both = annotation(&sidecar, "k");
    assert_eq!((both.text.as_str(), both.colour), ("ours", Colour::Red));
    let other = Annotation { text: "other".to_owned(), ..was.clone() };
    let conflict = sidecar.change(&Change::annotation(was.clone(), other)).unwrap_err();
    assert!(conflict.to_string().contains("ours"), "{conflict}");
    assert_eq!(annotation(&sidecar, "k"), both);
    // Undoing takes back only what was ours.
    sidecar.change(&made.undone()).unwrap();
    assert_eq!(annotation(&sidecar, "k"), theirs);
    assert!(sidecar.change(&Change::removed(Entry::Annotation(was))).is_err(), "they changed it since");
    sidecar.change(&Change::removed(Entry::Annotation(theirs.clone()))).unwrap();
    sidecar.change(&Change::removed(Entry::Annotation(theirs.clone()))).unwrap();
    let gone = sidecar.change(&Change::annotation(theirs.clone(), Annotation { order: 9, ..theirs })).unwrap_err();
    assert_eq!(gone.theirs, None);
}

#[test]
fn a_new_file_says_what_it_is() {
    let mut sidecar = Sidecar::parse("").unwrap();
    sidecar.mark(&CaptureMark { name: "a \"b\".pcap".to_owned(), size: 7, sha256: "00ff".to_owned() });
    let id = sidecar.new_id();
    sidecar.change(&Change::added(Entry::Annotation(Annotation::new(id, "c0".parse().unwrap(), "x")))).unwrap();
    let text = sidecar.text();
    assert!(text.starts_with("# Annotations") && text.contains("version = 1"), "{text}");
    let again = Sidecar::parse(&text).unwrap();
    assert_eq!((again.capture, again.annotations), (sidecar.capture, sidecar.annotations));
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", ".{0,20}", Just("\"\"\"\n'''\\ \u{202e}\0\r\n\t#".to_owned())]
}

proptest! {
    #[test]
    fn any_text_comes_back(text in texts(), label in texts(), author in texts(), order in any::<i64>(), colour in 0..6usize) {
        let mut sidecar = Sidecar::default();
        let note = Annotation {
            label,
            author,
            order,
            colour: Colour::ALL[colour],
            made: String::new(),
            ..Annotation::new("a".to_owned(), "c3s5 server m77".parse().unwrap(), text.clone())
        };
        sidecar.change(&Change::added(Entry::Annotation(note.clone()))).unwrap();
        let lesson = Lesson {
            id: "l".to_owned(),
            title: text.clone(),
            minutes: 3,
            steps: vec![Step { hide: vec![text.clone()], words: text.clone(), question: Some(Question { accept: vec![text], ..Question::default() }), ..Step::default() }],
            ..Lesson::default()
        };
        sidecar.change(&Change::added(Entry::Lesson(lesson.clone()))).unwrap();
        let again = Sidecar::parse(&sidecar.text()).unwrap();
        prop_assert_eq!(again.faults, Vec::new());
        prop_assert_eq!(again.annotations, vec![note]);
        prop_assert_eq!(again.lessons, vec![lesson]);
    }

    #[test]
    fn no_text_is_too_odd(text in ".{0,200}") {
        if let Ok(sidecar) = Sidecar::parse(&text) {
            prop_assert_eq!(sidecar.text(), text);
        }
    }
}
