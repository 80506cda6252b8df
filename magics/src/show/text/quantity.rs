//! What is measured: its name in words, and the kind that decides its colours.

use sdap::figure::Quantity;

/// A CF standard name or a variable's name in words: `sea_surface_temperature` is `sea surface temperature`.
pub(crate) fn words(variable: &str) -> String {
    let known = match variable.to_ascii_lowercase().as_str() {
        "sst" | "analysed_sst" => "sea surface temperature",
        "airt" => "air temperature",
        "wspd" => "wind speed",
        "uwnd" => "eastward wind",
        "vwnd" => "northward wind",
        "prcp" | "precip" | "precipitation_amount" | "lwe_thickness_of_precipitation_amount" => "precipitation",
        "water_volume_transport_in_river_channel" => "discharge",
        "sss" => "sea surface salinity",
        "chlor_a" => "chlorophyll-a",
        "ssh" => "sea surface height",
        "sla" => "sea level anomaly",
        _ => return variable.replace('_', " "),
    };
    known.to_owned()
}

/// The same with a capital first letter, for a title.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What kind of quantity the numbers are, by variable or standard name, unit and statistic.
pub(crate) fn kind(variable: &str, units: &str, statistic: &str) -> Quantity {
    let name = words(variable).to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let spread = matches!(statistic, "variance" | "standard_deviation" | "standard deviation" | "std");
    if spread {
        return Quantity::Speed;
    }
    if matches!(statistic, "correlation" | "anomaly" | "difference")
        || has(&["anomaly", "difference", "correlation", "eastward", "northward", "zonal", "meridional", "upward", "component"])
    {
        return Quantity::Signed;
    }
    let unit = super::unit::pretty(units);
    if has(&["temperature"]) || matches!(unit.as_str(), "°C" | "K" | "°F") {
        Quantity::Temperature
    } else if has(&["precip", "rain", "snow"]) {
        Quantity::Precipitation
    } else if has(&["salinity"]) || matches!(unit.to_ascii_lowercase().as_str(), "psu" | "pss") {
        Quantity::Salinity
    } else if has(&["speed", "variance", "deviation"]) {
        Quantity::Speed
    } else if has(&["chlorophyll"]) {
        Quantity::Chlorophyll
    } else {
        Quantity::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_what_is_measured() {
        let cases = [
            (("sea_surface_temperature", "degree_Celsius", "mean"), Quantity::Temperature),
            (("sst", "", "maximum"), Quantity::Temperature),
            (("foo", "kelvin", "mean"), Quantity::Temperature),
            (("sst", "degree_Celsius2", "variance"), Quantity::Speed),
            (("sea_surface_temperature_anomaly", "K", "mean"), Quantity::Signed),
            (("sst", "1", "correlation"), Quantity::Signed),
            (("eastward_wind", "m s-1", "mean"), Quantity::Signed),
            (("vwnd", "m s-1", "mean"), Quantity::Signed),
            (("lwe_thickness_of_precipitation_amount", "mm", "mean"), Quantity::Precipitation),
            (("sea_surface_salinity", "1e-3", "mean"), Quantity::Salinity),
            (("wind_speed", "m s-1", "mean"), Quantity::Speed),
            (("mass_concentration_of_chlorophyll_in_sea_water", "mg m-3", "mean"), Quantity::Chlorophyll),
            (("water_volume_transport_in_river_channel", "m3 s-1", "mean"), Quantity::Other),
        ];
        for ((variable, units, statistic), expected) in cases {
            assert_eq!(kind(variable, units, statistic), expected, "{variable} {units} {statistic}");
        }
    }

    #[test]
    fn names_become_words() {
        assert_eq!(words("sea_surface_temperature"), "sea surface temperature");
        assert_eq!(words("sst"), "sea surface temperature");
        assert_eq!(capitalised("äquator"), "Äquator");
        assert_eq!(capitalised(""), "");
    }
}
