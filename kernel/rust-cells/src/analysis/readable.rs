//! Types as their users write them.
//!
//! The analyzer writes a type out with all that aliases and defaults stand for; of an ndarray array that is a line.

/// How the parameter ends that ndarray derives from the one before.
const DERIVED: &str = " as RawData>::Elem>";

/// The type or signature without default parameters, and with ndarray's own names for its arrays.
pub(super) fn readable(ty: &str) -> String {
    let mut text = ty.replace(", Global>", ">");
    while let Some(end) = text.find(DERIVED)
        && let Some(start) = text[..end].rfind(", <")
    {
        text.replace_range(start..end + DERIVED.len() - 1, "");
    }
    let mut rest = text.as_str();
    let mut written = String::new();
    while let Some(at) = rest.find("ArrayBase<") {
        written.push_str(&rest[..at]);
        rest = &rest[at..];
        let (alias, length) = array(rest).unwrap_or_else(|| ("ArrayBase<".to_owned(), "ArrayBase<".len()));
        written.push_str(&alias);
        rest = &rest[length..];
    }
    written + rest
}

/// The alias for the array type that a text begins with, and how long the type is.
fn array(text: &str) -> Option<(String, usize)> {
    let inner = &text["ArrayBase<".len()..];
    let (alias, element) = [("OwnedRepr<", "Array"), ("ViewRepr<&", "ArrayView"), ("CowRepr<'static, ", "CowArray")]
        .into_iter()
        .find_map(|(representation, alias)| Some((alias, inner.strip_prefix(representation)?)))?;
    let (element, dimension) = element.split_once(">, ")?;
    if element.contains(['<', ',']) {
        return None;
    }
    let (number, rest) = dimension.strip_prefix("Dim<[usize; ")?.split_once("]>>")?;
    let alias = if alias == "CowArray" { format!("CowArray<{element}, Ix{number}>") } else { format!("{alias}{number}<{element}>") };
    Some((alias, text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_the_names_that_ndarray_gives_them() {
        for (written_out, expected) in [
            ("ArrayBase<OwnedRepr<f64>, Dim<[usize; 2]>>", "Array2<f64>"),
            ("ArrayBase<CowRepr<'static, f64>, Dim<[usize; 1]>, <CowRepr<'static, f64> as RawData>::Elem>", "CowArray<f64, Ix1>"),
            ("fn(&self) -> Option<ArrayBase<ViewRepr<&u8>, Dim<[usize; 1]>>>", "fn(&self) -> Option<ArrayView1<u8>>"),
            (
                "ArrayBase<OwnedRepr<A>, <D as Dimension>::Smaller, <OwnedRepr<A> as RawData>::Elem>",
                "ArrayBase<OwnedRepr<A>, <D as Dimension>::Smaller>",
            ),
            ("BTreeMap<String, Vec<f64, Global>, Global>", "BTreeMap<String, Vec<f64>>"),
            ("HashMap<String, i32>", "HashMap<String, i32>"),
        ] {
            assert_eq!(readable(written_out), expected, "{written_out}");
        }
    }
}
