//! What is shown: one content in several MIME types, of which a front end takes the one it draws best.

use serde_json::{Map, Value, json};

/// A MIME bundle, as Jupyter's display messages carry it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// The content by MIME type; binary types as base64 text.
    pub data: Map<String, Value>,
    /// Metadata by MIME type, such as the size of a PNG.
    pub metadata: Map<String, Value>,
}

impl Bundle {
    /// A bundle of plain text alone; every bundle has that.
    pub fn text(text: impl Into<String>) -> Self {
        Self::default().with("text/plain", text.into())
    }

    /// The same bundle with one more type.
    #[must_use]
    pub fn with(mut self, mime: &str, content: impl Into<Value>) -> Self {
        self.data.insert(mime.to_owned(), content.into());
        self
    }

    /// The same bundle with the size, in CSS pixels, at which a picture is to be shown.
    #[must_use]
    pub fn sized(mut self, mime: &str, width: u32, height: u32) -> Self {
        self.metadata.insert(mime.to_owned(), json!({ "width": width, "height": height }));
        self
    }

    /// The plain text, which every bundle has.
    pub fn plain(&self) -> &str {
        self.data.get("text/plain").and_then(Value::as_str).unwrap_or_default()
    }
}
