//! Units as people write them: `degree_Celsius` is °C, `m3 s-1` is m³ s⁻¹.

use super::number::superscript;

/// A CF unit as it is printed; empty where there is none, as for `1`.
pub(crate) fn pretty(units: &str) -> String {
    let plain = plain(units);
    if let Some((inner, power)) =
        plain.strip_prefix('(').and_then(|rest| rest.rsplit_once(')')).filter(|(inner, _)| !inner.contains(['(', ')']))
        && let Ok(power) = power.trim_start_matches('^').parse::<i32>()
    {
        let inner = pretty(inner);
        if inner.is_empty() {
            return inner;
        }
        let single = !inner.contains([' ', '/']) && !inner.ends_with(is_superscript);
        return if single { format!("{inner}{}", superscript(power)) } else { format!("({inner}){}", superscript(power)) };
    }
    let words: Vec<String> = plain.split_whitespace().map(|word| word.split('/').map(factor).collect::<Vec<_>>().join("/")).collect();
    words.join(" ")
}

/// The unit with its powers as plain digits: `**` and `²` are both written `^2`.
fn plain(units: &str) -> String {
    let mut text = String::new();
    let mut raised = false;
    for c in units.replace("**", "^").chars() {
        let digit = SUPERSCRIPTS.iter().position(|s| *s == c).map(|place| char::from(b"0123456789-"[place]));
        if digit.is_some() && !raised {
            text.push('^');
        }
        raised = digit.is_some();
        text.push(digit.unwrap_or(c));
    }
    text
}

const SUPERSCRIPTS: [char; 11] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹', '⁻'];

fn is_superscript(c: char) -> bool {
    SUPERSCRIPTS.contains(&c)
}

/// A column's name and the CF unit in its brackets: `sst [degree_Celsius]`.
pub(crate) fn of_heading(heading: &str) -> (&str, &str) {
    match heading.strip_suffix(']').and_then(|h| h.rsplit_once('[')) {
        Some((name, units)) => (name.trim_end(), units),
        None => (heading, ""),
    }
}

/// `name (unit)`, or the name alone where there is no unit.
pub(crate) fn titled(name: &str, units: &str) -> String {
    match (name.is_empty(), pretty(units)) {
        (_, unit) if unit.is_empty() => name.to_owned(),
        (true, unit) => unit,
        (false, unit) => format!("{name} ({unit})"),
    }
}

/// One factor of a unit, such as `s-1` or `degree_Celsius^2`.
fn factor(text: &str) -> String {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return scale(text);
    }
    let inner = text.strip_prefix('(').map_or(text, |t| t.trim_end_matches(')'));
    let digits = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    let (mut base, mut power) = (digits, &inner[digits.len()..]);
    if !power.is_empty()
        && let Some(stripped) = base.strip_suffix(['-', '+'])
    {
        power = &inner[if base.ends_with('+') { base.len() } else { stripped.len() }..];
        base = stripped;
    }
    let base = base.trim_end_matches('^').trim_end_matches(')');
    match power.parse::<i32>() {
        Ok(power) if !base.is_empty() => format!("{}{}", symbol(base), superscript(power)),
        _ => symbol(inner),
    }
}

/// A bare number: `1` says that there is no unit, `1e-3` is 10⁻³.
fn scale(text: &str) -> String {
    let power = |p: &str| p.parse::<i32>().ok().map(|p| format!("10{}", superscript(p)));
    let ten = match text.split_once(['e', 'E', '^']) {
        Some(("1" | "10", p)) => power(p),
        _ => None,
    };
    if text == "1" { String::new() } else { ten.unwrap_or_else(|| text.to_owned()) }
}

/// The symbol of a unit that files spell out.
fn symbol(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "degree_celsius" | "degrees_celsius" | "degree_c" | "degrees_c" | "deg_c" | "degc" | "celsius" | "c" => "°C",
        "kelvin" | "kelvins" | "degree_kelvin" | "degrees_kelvin" | "degk" | "deg_k" => "K",
        "degree_fahrenheit" | "degrees_fahrenheit" | "degf" | "deg_f" | "fahrenheit" => "°F",
        "degree" | "degrees" | "deg" => "°",
        "degrees_north" | "degree_north" => "°N",
        "degrees_east" | "degree_east" => "°E",
        "percent" => "%",
        "none" | "unitless" | "dimensionless" | "nd" | "n/a" => "",
        _ => name,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_written_as_in_print() {
        let cases = [
            ("degree_Celsius", "°C"),
            ("degrees_C", "°C"),
            ("degree_Celsius^2", "°C²"),
            ("degree_Celsius2", "°C²"),
            ("(degree_Celsius)^2", "°C²"),
            ("(degree_Celsius)²", "°C²"),
            ("(m s-1)2", "(m s⁻¹)²"),
            ("(m s-1)²", "(m s⁻¹)²"),
            ("(1)²", ""),
            ("m³ s⁻¹", "m³ s⁻¹"),
            ("10⁻³", "10⁻³"),
            ("kelvin", "K"),
            ("K2", "K²"),
            ("m3 s-1", "m³ s⁻¹"),
            ("m**3 s**-1", "m³ s⁻¹"),
            ("m^3/s", "m³/s"),
            ("m s-1", "m s⁻¹"),
            ("m/s", "m/s"),
            ("mg m^-3", "mg m⁻³"),
            ("kg m-2 s-1", "kg m⁻² s⁻¹"),
            ("m+2", "m²"),
            ("mm", "mm"),
            ("1", ""),
            ("", ""),
            ("1e-3", "10⁻³"),
            ("1e-3 kg", "10⁻³ kg"),
            ("percent", "%"),
            ("mm/month", "mm/month"),
            ("°C", "°C"),
            ("-", "-"),
            ("3", "3"),
        ];
        for (given, expected) in cases {
            assert_eq!(pretty(given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_quantity_without_a_unit_has_no_empty_brackets() {
        assert_eq!(titled("sea ice fraction", "1"), "sea ice fraction");
        assert_eq!(titled("sea surface temperature", "degree_Celsius"), "sea surface temperature (°C)");
        assert_eq!(titled("", "mm"), "mm");
    }
}
