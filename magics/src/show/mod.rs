//! What values look like: figures, tables, cards and summaries, as MIME bundles.
