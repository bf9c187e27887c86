//! Counts the frames of a capture: `sockeye-embed CAPTURE`.

use sockeye::{capture, dissect};

/// A sink that counts.
struct Frames(u64);

impl dissect::Sink for Frames {
    fn wants(&self) -> dissect::Wants {
        dissect::Wants::NOTHING
    }

    fn tell(&mut self, told: &dissect::Told<'_>) {
        self.0 += u64::from(matches!(told, dissect::Told::Frame(..)));
    }

    fn is_done(&self) -> bool {
        false
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
