//! Numbers as colours: colour maps of cmocean by quantity, stretched to what most of the numbers span.

use super::scale;
use crate::show::style::{COLOURS, ColourMap, Spacing, Style};
use sdap::figure::Quantity;

/// A share of the numbers at each end that may lie beyond the colours, if they would flatten the rest.
const TAIL: f64 = 0.02;

/// So many numbers, evenly taken, tell where 2 % of them end.
const SAMPLE: usize = 100_000;

/// A colour scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ramp {
    colours: ColourMap,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) spacing: Spacing,
    /// Whether there are numbers below `low` and above `high`.
    pub(crate) below: bool,
    pub(crate) above: bool,
    /// Whether the ends were asked for.
    chosen: bool,
}

/// Where the colour map that suits a quantity stands in the asset.
fn map_of(quantity: Quantity) -> usize {
    match quantity {
        Quantity::Temperature => 0,
        Quantity::Precipitation => 1,
        Quantity::Salinity | Quantity::Other => 2,
        Quantity::Speed => 3,
        Quantity::Chlorophyll => 4,
        Quantity::Signed => 5,
    }
}

impl Ramp {
    /// The scale that suits these numbers, if any of them has a place on it.
    ///
    /// It spans all of them, unless the outer 2 % at either end would take more than a third of the colours: then it
    /// spans the rest. Signed quantities are centred on zero; others start at zero where that is near. Limits that
    /// the style gives go before all that.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a f64, IntoIter: Clone>, quantity: Quantity, style: &Style) -> Option<Self> {
        let spacing = style.spacing;
        let finite = values.into_iter().copied().filter(|v| v.is_finite());
        let values = finite.clone().filter(|v| spacing.placed(*v).is_finite());
        let (mut n, mut least, mut greatest) = (0_usize, f64::INFINITY, f64::NEG_INFINITY);
        for v in values.clone() {
            (n, least, greatest) = (n + 1, least.min(v), greatest.max(v));
        }
        if n == 0 {
            return None;
        }
        let all_least = if spacing == Spacing::Even { least } else { scale::range(finite)?.0 };
        let every = n.div_ceil(SAMPLE);
        let mut sorted: Vec<f64> = values.step_by(every).collect();
        let at = |share: f64| ((sorted.len() - 1) as f64 * share).round() as usize;
        let (from, to) = (at(TAIL), at(1.0 - TAIL));
        let (_, low, rest) = sorted.select_nth_unstable_by(from, f64::total_cmp);
        let low = *low;
        let high = if to > from { *rest.select_nth_unstable_by(to - from - 1, f64::total_cmp).1 } else { low };
        let (low, high) = match (style.limits, spacing) {
            (Some(limits), _) => (limits.low(), limits.high()),
            (None, Spacing::Even) => limits((least, low), (high, greatest), quantity),
            (None, Spacing::Log) => log_limits((least, low), (high, greatest)),
        };
        let colours = style.colours.unwrap_or_else(|| ColourMap::numbered(map_of(quantity)));
        Some(Self { colours, low, high, spacing, below: all_least < low, above: greatest > high, chosen: style.limits.is_some() })
    }

    /// The same with these ends, unless others were asked for: what a quantity can be by its nature.
    pub(crate) fn within(self, low: f64, high: f64) -> Self {
        if self.chosen { self } else { Self { low, high, below: false, above: false, ..self } }
    }

    /// Whether some numbers lie beyond the colours though nobody asked for that.
    pub(crate) fn is_stretched(&self) -> bool {
        !self.chosen && (self.below || self.above)
    }

    /// The index of a number's colour, 0 to 255; those beyond take the colour of their end.
    pub(crate) fn index(&self, v: f64) -> u8 {
        let share = match self.spacing {
            Spacing::Even => (v - self.low) / (self.high - self.low),
            Spacing::Log => self.log_share(v),
        };
        (share * COLOURS as f64).clamp(0.0, 255.0) as u8
    }

    /// Where a number stands on a logarithmic scale. Apart, so that even scales never compute a logarithm to throw it away.
    #[cold]
    #[inline(never)]
    fn log_share(&self, v: f64) -> f64 {
        let [v, low, high] = [v, self.low, self.high].map(f64::log10);
        (v - low) / (high - low)
    }

    /// The colours, as a PNG's palette has them.
    pub(crate) fn palette(&self) -> Vec<u8> {
        self.colours.palette()
    }

    /// One of the colours, as `#rrggbb`.
    pub(crate) fn colour(&self, index: u8) -> String {
        let at = usize::from(index) * 3;
        self.palette()[at..at + 3].iter().fold("#".to_owned(), |s, b| format!("{s}{b:02x}"))
    }

    /// Whether light ink reads better than dark on one of the colours, by its luminance after ITU-R BT.601.
    pub(crate) fn is_dark(&self, index: u8) -> bool {
        let at = usize::from(index) * 3;
        let luminance: f64 = self.palette()[at..at + 3].iter().zip([0.299, 0.587, 0.114]).map(|(c, share)| f64::from(*c) * share).sum();
        luminance < 140.0
    }

    /// The colours at both ends.
    pub(crate) fn ends(&self) -> [String; 2] {
        [self.colour(0), self.colour(u8::MAX)]
    }
}

/// The ends of a logarithmic scale.
fn log_limits((least, low): (f64, f64), (high, greatest): (f64, f64)) -> (f64, f64) {
    let stretched = high > low && (greatest / least).log10() > 1.5 * (high / low).log10();
    let (low, high) = if stretched { (low, high) } else { (least, greatest) };
    if high > low { (low, high) } else { (low / 2.0, low * 2.0) }
}

/// The ends of the scale, from the least number, the 2nd and 98th percentiles, and the greatest number.
fn limits((least, low): (f64, f64), (high, greatest): (f64, f64), quantity: Quantity) -> (f64, f64) {
    if quantity == Quantity::Signed {
        let (most, all) = (low.abs().max(high.abs()), least.abs().max(greatest.abs()));
        let end = if most > 0.0 && all > 1.5 * most { most } else { all };
        return if end > 0.0 { (-end, end) } else { (-1.0, 1.0) };
    }
    let stretched = high > low && greatest - least > 1.5 * (high - low);
    let (mut low, high) = if stretched { (low, high) } else { (least, greatest) };
    if matches!(quantity, Quantity::Precipitation | Quantity::Speed | Quantity::Chlorophyll) && least >= 0.0 && low < 0.5 * high {
        low = 0.0;
    }
    if high > low {
        return (low, high);
    }
    let air = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
    (low - air, low + air)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], quantity: Quantity) -> Ramp {
        Ramp::of(values, quantity, &Style::default()).unwrap()
    }

    #[test]
    fn even_numbers_take_all_the_colours_they_need() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        let ramp = of(&values, Quantity::Other);
        assert_eq!((ramp.low, ramp.high, ramp.is_stretched()), (0.0, 100.0, false));
        assert_eq!([ramp.index(-5.0), ramp.index(0.0), ramp.index(50.0), ramp.index(100.0), ramp.index(200.0)], [0, 0, 128, 255, 255]);
    }

    #[test]
    fn a_few_far_numbers_do_not_flatten_the_rest() {
        let mut values: Vec<f64> = (0..1000).map(|i| 20.0 + f64::from(i) / 100.0).collect();
        values.extend([-400.0, 900.0]);
        let ramp = of(&values, Quantity::Temperature);
        assert!(ramp.low > 19.0 && ramp.high < 31.0 && ramp.below && ramp.above);
    }

    #[test]
    fn signed_numbers_are_centred_on_zero() {
        let ramp = of(&[-1.0, 0.5, 3.0], Quantity::Signed);
        assert_eq!((ramp.low, ramp.high), (-3.0, 3.0));
        assert_eq!(ramp.index(0.0), 128);
        assert_eq!(of(&[0.0, 0.0], Quantity::Signed).high, 1.0);
    }

    #[test]
    fn rain_starts_at_zero() {
        assert_eq!(of(&[3.0, 50.0], Quantity::Precipitation).low, 0.0);
        assert_eq!(of(&[40.0, 50.0], Quantity::Precipitation).low, 40.0);
    }

    #[test]
    fn constant_lone_and_absent_numbers_have_a_scale_or_none() {
        let ramp = of(&[5.0; 9], Quantity::Other);
        assert!(ramp.low < 5.0 && ramp.high > 5.0);
        assert!(of(&[-2.0], Quantity::Temperature).high > -2.0);
        assert!(of(&[0.0], Quantity::Precipitation).high > 0.0);
        assert_eq!(Ramp::of(&[f64::NAN, f64::INFINITY], Quantity::Other, &Style::default()), None);
        assert_eq!(Ramp::of(&[], Quantity::Other, &Style::default()), None);
    }

    #[test]
    fn limits_and_colours_that_were_asked_for_go_before_all() {
        use crate::show::style::Limits;
        let style = Style { limits: Limits::new(2.0, 4.0), colours: ColourMap::named("deep"), ..Style::default() };
        let ramp = Ramp::of(&[1.0, 3.0, 4.0], Quantity::Signed, &style).unwrap();
        assert_eq!((ramp.low, ramp.high, ramp.below, ramp.above, ramp.is_stretched()), (2.0, 4.0, true, false, false));
        assert_eq!(ramp.palette(), ColourMap::named("deep").unwrap().palette());
    }

    #[test]
    fn a_logarithmic_scale_has_no_place_for_zero() {
        let style = Style { spacing: Spacing::Log, ..Style::default() };
        let ramp = Ramp::of(&[0.0, 1.0, 10.0, 100.0], Quantity::Other, &style).unwrap();
        assert_eq!((ramp.low, ramp.high, ramp.below), (1.0, 100.0, true));
        assert_eq!([ramp.index(0.0), ramp.index(10.0), ramp.index(100.0)], [0, 128, 255]);
        assert_eq!(Ramp::of(&[0.0, -1.0], Quantity::Other, &style), None);
    }
}
