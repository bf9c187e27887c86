//! Who is told: the one trait outward, a borrowed sink, and two as one.
//!
//! Nothing here has a default. A sink at the end of a chain looks at what it knows and lets the rest pass; a link hands
//! on the whole [`Told`], so that what is added to it goes through every link there is.

use super::told::Told;
use super::wants::Wants;

/// Who is told what is found.
///
/// ```
/// use sockeye::dissect::{Sink, Told, Wants};
/// struct Count(u64);
/// impl Sink for Count {
///     fn wants(&self) -> Wants {
///         Wants::NOTHING
///     }
///     fn tell(&mut self, told: &Told<'_>) {
///         if let Told::Frame(..) = told {
///             self.0 += 1;
///         }
///     }
///     fn is_done(&self) -> bool {
///         false
///     }
/// }
/// ```
pub trait Sink {
    /// What this sink looks at. It is asked again and again, and always says the same.
    fn wants(&self) -> Wants;

    /// Something was found, or happened.
    fn tell(&mut self, told: &Told<'_>);

    /// It wants no more: reading may stop.
    fn is_done(&self) -> bool;
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn wants(&self) -> Wants {
        (**self).wants()
    }

    #[inline]
    fn tell(&mut self, told: &Told<'_>) {
        (**self).tell(told);
    }

    #[inline]
    fn is_done(&self) -> bool {
        (**self).is_done()
    }
}

/// Two sinks as one. Each is told what it wants until it is done; together they are done when both are.
impl<A: Sink, B: Sink> Sink for (A, B) {
    fn wants(&self) -> Wants {
        self.0.wants().or(self.1.wants())
    }

    fn tell(&mut self, told: &Told<'_>) {
        if told.is_wanted(self.0.wants()) && !self.0.is_done() {
            self.0.tell(told);
        }
        if told.is_wanted(self.1.wants()) && !self.1.is_done() {
            self.1.tell(told);
        }
    }

    fn is_done(&self) -> bool {
        self.0.is_done() && self.1.is_done()
    }
}
