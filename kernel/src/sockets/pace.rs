//! How fast output may go out, so that `JupyterLab` shows all of it.
//!
//! Its server drops all that a cell prints and shows once the messages of the streams, as they are on the wire, exceed 3 MB
//! in any 3 s, or the messages of all kinds but a few exceed 3000 in them, and begins to count anew when it hears that the
//! kernel is idle. So no more than 2.9 MB and 2900 messages go out in any 3.5 s: the difference is for messages that are
//! held up on their way, by a busy machine, and arrive closer together than they were sent. In the long run that is
//! 0.83 MB/s and 830 messages a second; a cell that prints 1 MB/s falls behind by a fifth of its time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How much text goes out within one window (bytes on the wire).
const TEXT_ALLOWED: usize = 2_900_000;

/// How many messages go out within one window.
const MESSAGES_ALLOWED: usize = 2900;

/// The time for which that holds.
const WINDOW: Duration = Duration::from_millis(3500);

/// What a message has beside its text: the signature, headers and metadata (bytes). The parent header is as long as the
/// front end makes it; this is twice the longest that is usual.
const ENVELOPE: usize = 1500;

/// What has gone out of late.
pub(super) struct Pace {
    text: Window,
    messages: Window,
}

/// What has gone out of late of one kind.
struct Window {
    allowed: usize,
    sent: VecDeque<(Instant, usize)>,
    sum: usize,
}

impl Pace {
    /// When a message with so much text, in bytes on the wire, may go out: now, if that is not later than now.
    pub(super) fn time_for(&mut self, text: usize, now: Instant) -> Instant {
        self.messages.time_for(1, now).max(self.text.time_for(text, now))
    }

    /// Notes that a message with so much text has gone out.
    pub(super) fn note(&mut self, text: usize, now: Instant) {
        self.messages.note(1, now);
        if text > 0 {
            self.text.note(text, now);
        }
    }

    /// Begins to count anew, as the server does.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { text: Window::new(TEXT_ALLOWED), messages: Window::new(MESSAGES_ALLOWED) }
    }
}

impl Window {
    fn new(allowed: usize) -> Self {
        Self { allowed, sent: VecDeque::new(), sum: 0 }
    }

    fn time_for(&mut self, size: usize, now: Instant) -> Instant {
        self.forget(now);
        let mut sum = self.sum + size;
        let mut time = now;
        for &(sent, size) in &self.sent {
            if sum <= self.allowed {
                break;
            }
            sum -= size;
            time = sent + WINDOW;
        }
        time
    }

    fn note(&mut self, size: usize, now: Instant) {
        self.sent.push_back((now, size));
        self.sum += size;
    }

    fn forget(&mut self, now: Instant) {
        while let Some(&(sent, size)) = self.sent.front()
            && sent + WINDOW <= now
        {
            self.sum -= size;
            self.sent.pop_front();
        }
    }
}

/// How many bytes a message with this text has on the wire, where the text is JSON.
pub(super) fn wire_size(text: &str) -> usize {
    ENVELOPE + escaped(text)
}

/// How many bytes the text has as JSON.
pub(super) fn escaped(text: &str) -> usize {
    let one = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(one).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MESSAGE: usize = 60_000;

    /// Sends as soon as the pace allows what a cell prints: messages of one size at even distances. Gives when each was
    /// printed and when it was sent.
    fn paced(count: u32, distance: Duration) -> Vec<(Duration, Duration)> {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        let mut now = begin;
        let mut send = |number| {
            let printed = begin + distance * number;
            now = pace.time_for(MESSAGE, now.max(printed));
            assert!(pace.time_for(MESSAGE, now) <= now, "when the time has come it is not put off again");
            pace.note(MESSAGE, now);
            (printed - begin, now - begin)
        };
        (0..count).map(&mut send).collect()
    }

    #[test]
    fn a_burst_of_2_9_mb_goes_out_at_once_and_the_rest_when_the_window_has_passed() {
        let sent: Vec<Duration> = paced(100, Duration::ZERO).into_iter().map(|(_, sent)| sent).collect();
        let at = |time: Duration| sent.iter().filter(|&&sent| sent == time).count();
        assert_eq!((at(Duration::ZERO), at(WINDOW), at(2 * WINDOW)), (48, 48, 4));
    }

    #[test]
    fn no_three_seconds_ever_hold_more_than_the_server_takes() {
        for distance in [0, 10, 50, 60, 75] {
            let sent: Vec<Duration> = paced(500, Duration::from_millis(distance)).into_iter().map(|(_, sent)| sent).collect();
            for (first, time) in sent.iter().enumerate() {
                let within = sent[first..].iter().take_while(|&&other| other < *time + Duration::from_secs(3)).count();
                assert!(within * MESSAGE <= 3_000_000, "{within} messages in 3 s, one each {distance} ms");
            }
        }
    }

    #[test]
    fn a_cell_that_prints_a_megabyte_a_second_falls_behind_by_a_fifth_of_its_time() {
        let (printed, sent) = paced(16_000_000 / MESSAGE as u32, Duration::from_millis(60)).pop().unwrap();
        let behind = sent.saturating_sub(printed);
        assert!(behind < Duration::from_millis(3200), "{behind:?} after {printed:?}");
    }

    #[test]
    fn what_prints_less_is_never_held_up() {
        assert!(paced(500, Duration::from_millis(75)).into_iter().all(|(printed, sent)| printed == sent));
    }

    #[test]
    fn after_a_reset_nothing_counts() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.note(TEXT_ALLOWED, now);
        assert_eq!(pace.time_for(1, now), now + WINDOW);
        pace.reset();
        assert_eq!(pace.time_for(TEXT_ALLOWED, now), now);
    }

    #[test]
    fn messages_without_text_wait_for_their_number_alone() {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        let at = |number: usize| begin + Duration::from_micros(number as u64);
        pace.note(TEXT_ALLOWED, begin);
        for number in 1..MESSAGES_ALLOWED {
            assert_eq!(pace.time_for(0, at(number)), at(number));
            pace.note(0, at(number));
        }
        let now = at(MESSAGES_ALLOWED);
        assert_eq!(pace.time_for(0, now), begin + WINDOW, "once the first is forgotten");
        assert_eq!(pace.time_for(0, begin + WINDOW), begin + WINDOW);
    }

    proptest! {
        #[test]
        fn a_text_has_the_size_that_it_has_as_json(text in "[\\x00-\\x7f\u{7f}é𝐚\"\\\\]{0,60}") {
            prop_assert_eq!(escaped(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }
    }
}
