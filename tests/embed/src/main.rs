//! Counts the frames of a capture: `sockeye-embed CAPTURE`.

use sockeye::{capture, dissect};

/// A sink that counts.
struct Frames(u64);

impl dissect::Sink for Frames {
    fn frame(&mut self, _: &dissect::FramePlace, _: &sockeye::websocket::Frame<'_>) {
        self.0 += 1;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which capture?")?;
    let mut capture = capture::open(path.as_ref(), &capture::Options::default())?;
    let mut frames = Frames(0);
    dissect::run(&mut capture, &dissect::Options::default(), 1, &mut frames).1?;
    println!("{}", frames.0);
    Ok(())
}
