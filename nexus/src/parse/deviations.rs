//! The standard deviations of a climatology: `/standardDeviation`.

use super::envelope::Objects;
use super::number::{Number, counted, no_place};
use serde::de::{Error, IgnoredAny, MapAccess};

/// Places and their standard deviations, as columns of one length, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Deviations {
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    pub(crate) value: Vec<f64>,
}

impl Objects for Deviations {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut lat, mut lon, mut value) = (f64::NAN, f64::NAN, f64::NAN);
        while let Some(key) = fields.next_key::<String>()? {
            let slot = match key.as_str() {
                "latitude" => &mut lat,
                "longitude" => &mut lon,
                "standard_deviation" => &mut value,
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = fields.next_value::<Number>()?.0;
        }
        if let Some(reason) = no_place("a standard deviation", lat, lon) {
            return Err(A::Error::custom(reason));
        }
        self.lat.push(lat);
        self.lon.push(lon);
        // No spread is negative: that stands for none.
        self.value.push(counted(value));
        Ok(())
    }

    fn count(&self) -> usize {
        self.value.len()
    }
}
