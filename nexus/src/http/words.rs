//! A server's own words, made fit for one line.

/// How many characters of a server's words are quoted.
const LONGEST: usize = 300;

/// One line of plain text: without markup, stack frames and control characters, and of bounded length.
pub(crate) fn one_line(text: &str) -> String {
    // A longer text than this is a stack trace; its head says what there is to say.
    let head: String = text.chars().take(64 * LONGEST).collect();
    let told = without_frames(&head);
    let plain = without_markup(if told.trim().is_empty() { &head } else { &told });
    let words: Vec<&str> = plain.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Leaves out the lines of Java and Python stack traces that name places in somebody's source.
fn without_frames(text: &str) -> String {
    let mut told = Vec::new();
    let mut after_file = false;
    for line in text.lines() {
        let start = line.trim_start();
        let indented = start.len() < line.len();
        let frame = indented && (start.starts_with("at ") || start.starts_with("File \"") || after_file)
            || start.starts_with("Traceback (most recent call last)");
        after_file = indented && start.starts_with("File \"");
        if !frame {
            told.push(line);
        }
    }
    told.join("\n")
}

/// Leaves out tags, and the whole of scripts and styles.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        plain.push_str(&rest[..open]);
        let tag = &rest[open..];
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.find('>') {
            Some(close) if is_tag => {
                plain.push(' ');
                rest = &tag[close + 1..];
            }
            _ => {
                plain.push('<');
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// What a well-known message really means, for those who did not write the server.
pub(crate) fn explanation(message: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 9] = [
        (
            "while computing average differences",
            "the climatology may be unknown, have another grid or no earlier day, or there is nothing in the area and period",
        ),
        ("elevation", "NEXUS 1.4.0 cannot read time-series datasets such as rivers; 1.3 can"),
        ("Action unsupported by backend", "the server keeps this dataset as Zarr, which takes no metadata filters"),
        ("Axis must be specified", "the server cannot average datasets of several variables"),
        ("non-broadcastable output", "the server cannot map datasets of several variables"),
        ("could not broadcast input array", "the server cannot map datasets on an irregular grid"),
        ("has no attribute 'algorithm_config'", "this endpoint is dead; its namesake that ends in Spark works"),
        ("_metadatastore", "this endpoint is dead"),
        ("Unable to convert results to", "the server writes this answer as JSON only"),
    ];
    let fits = |key: &str| message.contains(key) && (key != "elevation" || message.contains("Protocol message"));
    KNOWN.iter().find(|(key, _)| fits(key)).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_and_line_breaks_go_and_comparisons_stay() {
        assert_eq!(one_line("<html><body><h1>502 Bad\nGateway</h1></body>"), "502 Bad Gateway");
        assert_eq!(one_line("a < b\n\n and c > d\u{1b}[31m"), "a < b and c > d [31m");
    }

    #[test]
    fn of_a_stack_trace_only_the_reason_is_left() {
        let java = "An error occurred while calling o51.collect.\n: org.apache.spark.SparkException: Job aborted\n\tat org.a.B(C.scala:1)\n\tat d.E";
        assert_eq!(one_line(java), "An error occurred while calling o51.collect. : org.apache.spark.SparkException: Job aborted");
        let python = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: month must be in 1..12\n";
        assert_eq!(one_line(python), "ValueError: month must be in 1..12");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let line = one_line(&"word ".repeat(100_000));
        assert_eq!(line.chars().count(), LONGEST);
        assert!(line.ends_with('…'));
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_short_line(text in any::<String>()) {
            let line = one_line(&text);
            prop_assert!(line.chars().count() <= LONGEST && !line.contains(char::is_control));
        }
    }
}
