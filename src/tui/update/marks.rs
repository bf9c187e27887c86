//! Marks, the time reference, and holding back what arrives.

use crossterm::event::KeyCode;

use crate::trace::Bookmark;
use crate::tui::keys::Chord;
use crate::tui::pages;
use crate::tui::state::{Awaited, State};

impl State {
    /// The letter after `m` or `'`.
    pub(super) fn letter(&mut self, awaited: Awaited, chord: Chord) {
        let KeyCode::Char(letter) = chord.code else { return };
        if chord.control || !letter.is_ascii_alphanumeric() {
            self.message = Some("a mark is a letter or a digit".to_owned());
            return;
        }
        match awaited {
            Awaited::Mark => self.mark(letter),
            Awaited::GoToMark => self.go_to_mark(letter),
        }
    }

    fn mark(&mut self, letter: char) {
        let Some(detail) = &self.detail else { return };
        let place = Bookmark::of(&detail.row);
        let number = detail.row.number;
        if self.marks.get(&letter) == Some(&place) {
            self.marks.remove(&letter);
            self.message = Some(format!("mark {letter} taken away"));
        } else {
            self.marks.insert(letter, place);
            self.message = Some(format!("mark {letter} is frame {number}; '{letter} goes there"));
        }
    }

    fn go_to_mark(&mut self, letter: char) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let frame = self.marks.get(&letter).and_then(|place| place.frame(&trace));
        match frame {
            Some(frame) => {
                drop(trace);
                let (page, stays) = (self.page, pages::shows_selected(self));
                self.select_frame(frame);
                if stays {
                    self.show(page);
                }
            }
            None => {
                let letters: Vec<String> = self.marks.keys().map(char::to_string).collect();
                let there = if letters.is_empty() {
                    "no marks yet".to_owned()
                } else {
                    format!("there are {}", letters.join(" "))
                };
                self.message = Some(format!("no mark {letter}; {there}"));
            }
        }
    }

    pub(super) fn set_reference(&mut self) {
        let Some(time) = self.detail.as_ref().map(|detail| detail.row.first.time) else { return };
        self.reference = if self.reference == Some(time) { None } else { Some(time) };
        self.message = Some(match self.reference {
            Some(_) => "time counts from this frame".to_owned(),
            None => "time counts from the first packet".to_owned(),
        });
    }

    pub(super) fn freeze(&mut self) {
        let rows = &mut self.list.rows;
        rows.frozen = match rows.frozen {
            Some(_) => None,
            None => Some(self.trace.read().frames().count()),
        };
        let frozen = rows.frozen.is_some();
        self.follow = false;
        self.message =
            Some(if frozen { "frozen: what arrives is not shown; f goes on" } else { "going on" }.to_owned());
    }
}
