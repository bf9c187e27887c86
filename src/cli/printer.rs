//! Between the dissector and an output: a filter, and a limit of so many items.

use crate::dissect::{MessagePlace, NotePlace, Sink, Told, Wants};
use crate::filter::heartbeat::Run;
use crate::filter::{Filter, Row, Selection, Shows, Target};
use crate::output::{Output, Summary};

/// What `-c` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Frames, and the messages that end with them.
    Frames,
    /// Messages.
    Messages,
}

/// Hands on what a filter selects, up to the limit. One type for all outputs, so that the dissector is compiled once.
pub struct Printer<'o> {
    selection: Option<Selection>,
    limited: Limited<'o>,
    /// What both want: asked for with each packet, and always the same.
    wants: Wants,
    /// Somebody is watching: nothing waits in a buffer.
    live: bool,
}

/// Hands on what comes before the limit.
struct Limited<'o> {
    output: &'o mut dyn Output,
    wants: Wants,
    counted: Counted,
    limit: u64,
    /// Frames handed on, and the number of the last of them.
    frames: u64,
    frame: u64,
    /// The same of messages.
    messages: u64,
    message: u64,
    full: bool,
    /// Heartbeats that were counted, and that the output does not tell of.
    untold: u64,
}

impl<'o> Printer<'o> {
    /// Hands on to `output` what is selected, up to `limit` items; at once where the capture is still being made (`live`).
    pub fn new(
        output: &'o mut dyn Output,
        selection: Option<Selection>,
        counted: Counted,
        limit: Option<u64>,
        live: bool,
    ) -> Printer<'o> {
        let limit = limit.unwrap_or(u64::MAX);
        let selection = with_columns(selection, output);
        let own = Sink::wants(output);
        let wants = selection.as_ref().map_or(own, |selection| own.or(selection.wants()));
        let limited = Limited {
            output,
            wants: own,
            counted,
            limit,
            frames: 0,
            frame: 0,
            messages: 0,
            message: 0,
            full: limit == 0,
            untold: 0,
        };
        Printer { selection, limited, wants, live }
    }

    /// The output cannot be written to any more.
    pub fn has_failed(&self) -> bool {
        self.limited.output.out().error().is_some()
    }

    /// The capture is over.
    pub fn finish(&mut self, summary: &Summary) {
        if let Some(selection) = &mut self.selection {
            selection.finish(&mut self.limited);
        }
        self.limited.output.finish(summary);
    }

    /// Heartbeats that were left out and that the output does not tell of.
    pub fn untold(&self) -> u64 {
        self.limited.untold
    }

    /// What selects.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }
}

impl Limited<'_> {
    /// Whether what is told comes before the limit.
    fn passes(&mut self, told: &Told<'_>) -> bool {
        match *told {
            Told::Frame(place, _) => match self.counted {
                Counted::Messages => !self.full,
                Counted::Frames if self.frames >= self.limit => false,
                Counted::Frames => {
                    self.frames += 1;
                    self.frame = place.number;
                    self.full = self.frames >= self.limit;
                    true
                }
            },
            Told::Message(place, _) => {
                let passes = self.passes_message(place);
                if passes {
                    self.messages += 1;
                    self.message = place.number;
                    self.full |= self.counted == Counted::Messages && self.messages >= self.limit;
                }
                passes
            }
            Told::Note { place: NotePlace::Frame(n), .. } => {
                self.counted != Counted::Frames || !self.full || n <= self.frame
            }
            Told::Note { place: NotePlace::Message(n), .. } => n <= self.message,
            _ => true,
        }
    }

    fn passes_message(&self, place: &MessagePlace<'_>) -> bool {
        match self.counted {
            Counted::Messages => self.messages < self.limit,
            Counted::Frames if !self.full => true,
            Counted::Frames => place.frames.last().is_none_or(|frame| *frame <= self.frame),
        }
    }
}

/// The same selection, where columns of the output are expressions: they are asked of all, not only of what is shown, since
/// a pong that is shown may answer a ping that is not.
fn with_columns(selection: Option<Selection>, output: &dyn Output) -> Option<Selection> {
    let Some(columns) = output.columns().filter(|columns| !columns.expressions().is_empty()) else { return selection };
    let selection = selection.or_else(|| Selection::new(Filter::everything(), Shows::Items).ok());
    selection.map(|selection| {
        selection.with_columns(columns.expressions(), matches!(columns, crate::output::Columns::Frames(_)))
    })
}

impl Target for Limited<'_> {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn tell(&mut self, told: &Told<'_>) {
        if self.passes(told) {
            self.output.tell(told);
        }
    }

    fn tell_row(&mut self, told: &Told<'_>, row: &Row<'_>) {
        if self.passes(told) {
            self.output.tell_row(told, row);
        }
    }

    fn folded(&mut self, run: &Run) {
        if !self.full && !self.output.folded(run) {
            self.untold += run.count;
        }
    }
}

impl Limited<'_> {
    fn is_done(&self) -> bool {
        self.full || self.output.is_done()
    }
}

impl Sink for Printer<'_> {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn tell(&mut self, told: &Told<'_>) {
        match &mut self.selection {
            None => self.limited.tell(told),
            Some(selection) => selection.tell(told, &mut self.limited),
        }
        if self.live && matches!(told, Told::CaughtUp) {
            self.limited.output.flush();
        }
    }

    fn is_done(&self) -> bool {
        self.limited.is_done() || self.has_failed()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture;
    use crate::dissect::{self, Options};
    use crate::output::Out;

    /// All that it was told, and how often it was flushed.
    struct Recorder {
        told: Vec<String>,
        flushed: usize,
        out: Out,
    }

    impl Recorder {
        fn new() -> Recorder {
            Recorder { told: Vec::new(), flushed: 0, out: Out::memory() }
        }
    }

    impl Sink for Recorder {
        fn wants(&self) -> Wants {
            Wants { frame_payload: true, message_payload: true, bytes: true, packets: true, exchanges: true }
        }

        fn tell(&mut self, told: &Told<'_>) {
            self.told.push(format!("{told:?}"));
        }

        fn is_done(&self) -> bool {
            false
        }
    }

    impl Output for Recorder {
        fn finish(&mut self, _: &Summary) {}

        fn flush(&mut self) {
            self.flushed += 1;
        }

        fn out(&self) -> &Out {
            &self.out
        }
    }

    fn read(file: &Path, sink: &mut impl Sink) {
        let capture = capture::open(file, &capture::Options::default()).unwrap();
        dissect::drive(capture, &Options::default(), 1, sink).result.unwrap();
    }

    #[test]
    fn it_hands_on_all_that_it_is_told() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut read_any = false;
        for file in files.filter(|path| path.extension().is_some_and(|end| end == "pcap" || end == "pcapng")) {
            let mut alone = Recorder::new();
            read(&file, &mut alone);
            for (counted, live) in [(Counted::Frames, false), (Counted::Messages, true)] {
                let mut behind = Recorder::new();
                read(&file, &mut Printer::new(&mut behind, None, counted, None, live));
                assert_eq!(behind.told, alone.told, "{}", file.display());
                assert_eq!(behind.flushed > 0, live);
            }
            read_any |= alone.told.iter().any(|told| told.starts_with("Frame"));
        }
        assert!(read_any);
    }
}
