//! Points in time and spans, as people write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Nanoseconds since 1970 of a written time: ISO 8601, or `Sep 26, 2004 23:18:04.954975`. Without a zone it is local.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    iso(text).or_else(|| legacy(text))
}

fn iso(text: &str) -> Option<i64> {
    let (date, zone) = zoned(text);
    // `2020-07-04 12:34` as well as with a T, and a date alone.
    let date = date.trim().replacen(' ', "T", 1);
    if !date.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    moment(date.parse().ok()?, zone)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn legacy(text: &str) -> Option<i64> {
    let (date, zone) = zoned(text);
    let mut words = date.split([' ', ',']).filter(|word| !word.is_empty());
    let month = words.next()?;
    let month = MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month))? + 1;
    let day: u8 = words.next()?.parse().ok()?;
    let year: u16 = words.next()?.parse().ok()?;
    let clock = words.next().unwrap_or("00:00:00");
    if words.next().is_some() {
        return None;
    }
    moment(format!("{year:04}-{month:02}-{day:02}T{clock}").parse().ok()?, zone)
}

/// Whose clock a time is.
enum Zone {
    Local,
    /// Seconds east of UTC.
    Offset(i32),
}

/// A time and its zone: `Z`, `UTC`, `GMT`, `UT`, `+02:00`, `-0530`, `+02`.
fn zoned(text: &str) -> (&str, Zone) {
    for utc in ["Z", "z", " UTC", " GMT", " UT", "UTC", "GMT"] {
        if let Some(date) = text.strip_suffix(utc) {
            return (date, Zone::Offset(0));
        }
    }
    // A sign behind the clock; those of the date come before its colon.
    let clock = text.find(':').unwrap_or(text.len());
    let sign = text.get(clock..).and_then(|rest| rest.rfind(['+', '-'])).map(|at| at + clock);
    let Some((date, offset)) = sign.and_then(|at| text.split_at_checked(at)) else { return (text, Zone::Local) };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let number = |from: usize| digits.get(from..from + 2).and_then(|two| two.parse::<i32>().ok());
    let (Some(hours), minutes) = (number(0), number(2).unwrap_or(0)) else { return (text, Zone::Local) };
    let seconds = (hours * 60 + minutes) * 60;
    (date, Zone::Offset(if offset.starts_with('-') { -seconds } else { seconds }))
}

fn moment(date: DateTime, zone: Zone) -> Option<i64> {
    let zone = match zone {
        Zone::Local => TimeZone::system(),
        Zone::Offset(seconds) => TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).ok()?),
    };
    let timestamp = zone.to_ambiguous_timestamp(date).compatible().ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok()
}

/// A point in time as RFC 3339 has it, UTC.
pub(super) fn written(nanoseconds: i64) -> String {
    jiff::Timestamp::from_nanosecond(nanoseconds.into())
        .map_or_else(|_| nanoseconds.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_of_the_manual() {
        // 2020-07-04T12:34:56Z is 1593866096 (date -u -d 2020-07-04T12:34:56Z +%s).
        let at = 1_593_866_096_000_000_000;
        for text in [
            "2020-07-04T12:34:56Z",
            "2020-07-04 12:34:56Z",
            "2020-07-04T14:34:56+02:00",
            "2020-07-04T14:34:56+0200",
            "2020-07-04T07:04:56-0530",
            "Jul 4, 2020 12:34:56 UTC",
            "jul 4, 2020 12:34:56 GMT",
        ] {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        assert_eq!(parse("Sep 26, 2004 23:18:04.954975 UTC"), Some(1_096_240_684_954_975_000));
        assert!(parse("2020-07-04").is_some() && parse("2020-07-04 12:34").is_some(), "local time");
        for wrong in ["", "yesterday", "12:34:56", "2020-13-01", "Foo 4, 2020", "2020-07-04T12:34:56Q"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
