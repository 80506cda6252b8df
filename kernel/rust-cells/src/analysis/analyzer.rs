//! rust-analyzer over a cell: completion and inspection.

use super::{
    crates::Crates,
    place::named_by,
    readable::readable,
    scope::{CELL, Program},
};
use crate::cell::{Completions, Inspection, Suggestion};
use pulldown_cmark::{Parser, html};
use ra_ap_hir::{ChangeWithProcMacros, PrefixKind};
use ra_ap_ide::{
    AnalysisHost, CompletionConfig, CompletionFieldsToResolve, CompletionItem, CompletionItemKind, FilePosition, FileRange, HoverConfig,
    HoverDocFormat, RaFixtureConfig, SubstTyLen, TextRange, TextSize,
};
use ra_ap_ide_db::{
    SymbolKind,
    imports::insert_use::{ImportGranularity, InsertUseConfig},
};
use ra_ap_vfs::FileId;
use std::ops::Range;

/// More suggestions than these are not looked through.
const MOST: usize = 1000;

/// A database of crates, with one cell in it at a time.
pub(super) struct Analyzer {
    host: AnalysisHost,
    cell: FileId,
}

impl Analyzer {
    pub(super) fn new(crates: Crates) -> Self {
        let mut host = AnalysisHost::default();
        host.apply_change(crates.change);
        Self { host, cell: crates.cell }
    }

    fn set(&mut self, program: &Program) {
        let mut change = ChangeWithProcMacros::default();
        change.change_file(self.cell, Some(program.text.clone()));
        self.host.apply_change(change);
    }

    /// What could stand at byte `at` of the cell; nothing where the analysis was given up.
    pub(super) fn complete(&mut self, program: &Program, at: usize) -> Completions {
        self.set(program);
        let at = program.start + at;
        let position = FilePosition { file_id: self.cell, offset: size(at) };
        let items = self.host.analysis().completions(&completion_config(), position, None).ok().flatten().unwrap_or_default();
        let replaced = items.first().map_or(at..at, |item| bytes(item.source_range));
        let typed = program.text[replaced.start..at.max(replaced.start)].to_lowercase();
        let mut fitting: Vec<&CompletionItem> = items.iter().filter(|item| fits(item, &replaced, &typed)).collect();
        fitting.sort_by_cached_key(|item| (std::cmp::Reverse(item.relevance.score()), item.label.primary.clone()));
        let mut suggestions: Vec<Suggestion> = fitting.into_iter().take(MOST).map(suggestion).collect();
        let mut seen = std::collections::HashSet::new();
        suggestions.retain(|suggestion| seen.insert(suggestion.insert.clone()));
        Completions { suggestions, start: replaced.start - program.start, end: replaced.end - program.start }
    }

    /// What is known about the name at byte `at` of the cell, or about what is called around it.
    pub(super) fn inspect(&mut self, program: &Program, at: usize) -> Option<Inspection> {
        self.set(program);
        named_by(&program.text, program.start + at).into_iter().find_map(|name| {
            let markdown = readable(&self.hover(&name)?);
            Some(Inspection { plain: as_plain(&markdown), html: as_html(&markdown) })
        })
    }

    /// Signature and documentation, as Markdown.
    fn hover(&self, name: &Range<usize>) -> Option<String> {
        // A range that is not empty would be asked about as an expression: for its type alone.
        let range = FileRange { file_id: self.cell, range: TextRange::empty(size(name.start)) };
        let found = self.host.analysis().hover(&hover_config(), range).ok()??;
        let text = String::from(found.info.markup);
        (!text.trim().is_empty()).then_some(text)
    }
}

/// Whether an item continues what is typed, in the one place where all of them go.
fn fits(item: &CompletionItem, replaced: &Range<usize>, typed: &str) -> bool {
    let in_place = item.text_edit.len() == 1 && bytes(item.source_range) == *replaced;
    in_place && item.import_to_add.is_empty() && item.lookup.as_str() != CELL && item.lookup.to_lowercase().starts_with(typed)
}

fn suggestion(item: &CompletionItem) -> Suggestion {
    let insert = item.text_edit.iter().next().map(|indel| indel.insert.clone()).unwrap_or_default();
    let label = item.detail.as_ref().or(item.label.detail_right.as_ref()).map(|detail| readable(detail)).unwrap_or_default();
    Suggestion { insert, label, kind: kind(item.kind).to_owned() }
}

/// The kind, in the words that front ends have icons for.
fn kind(kind: CompletionItemKind) -> &'static str {
    use CompletionItemKind as K;
    use SymbolKind as S;
    match kind {
        K::SymbolKind(S::Function | S::Method | S::Macro | S::ProcMacro | S::Derive | S::Attribute | S::BuiltinAttr) => "function",
        K::SymbolKind(S::Struct | S::Enum | S::Union | S::Trait | S::TypeAlias | S::TypeParam | S::SelfType) | K::BuiltinType => "class",
        K::SymbolKind(S::Module | S::CrateRoot | S::ToolModule) => "module",
        K::SymbolKind(S::Field) => "property",
        K::Keyword => "keyword",
        _ => "instance",
    }
}

fn size(at: usize) -> TextSize {
    TextSize::new(u32::try_from(at).unwrap_or(u32::MAX))
}

fn bytes(range: TextRange) -> Range<usize> {
    usize::from(range.start())..usize::from(range.end())
}

/// Markdown reads well as it is, but for the marks around code and the rules between parts.
fn as_plain(markdown: &str) -> String {
    let text = |line: &str| if line.starts_with("```") || line == "---" { String::new() } else { format!("{line}\n") };
    markdown.lines().map(text).collect::<String>().trim().replace("\n\n\n", "\n\n")
}

fn as_html(markdown: &str) -> String {
    let mut text = String::new();
    html::push_html(&mut text, Parser::new(markdown));
    text
}

/// Plain text to insert, and nothing that would need an edit elsewhere.
fn completion_config() -> CompletionConfig<'static> {
    CompletionConfig {
        enable_postfix_completions: false,
        enable_imports_on_the_fly: false,
        enable_self_on_the_fly: true,
        enable_auto_iter: false,
        enable_auto_await: false,
        enable_private_editable: false,
        enable_term_search: false,
        term_search_fuel: 0,
        full_function_signatures: false,
        callable: None,
        add_colons_to_module: false,
        add_semicolon_to_unit: false,
        snippet_cap: None,
        insert_use: InsertUseConfig {
            granularity: ImportGranularity::Item,
            enforce_granularity: false,
            prefix_kind: PrefixKind::Plain,
            group: false,
            skip_glob_imports: false,
        },
        prefer_no_std: false,
        prefer_prelude: true,
        prefer_absolute: false,
        snippets: Vec::new(),
        limit: None,
        fields_to_resolve: CompletionFieldsToResolve::empty(),
        exclude_flyimport: Vec::new(),
        exclude_traits: &[],
        ra_fixture: RaFixtureConfig::default(),
    }
}

/// Signature and documentation, without links: those of the sdap crate would lead nowhere.
fn hover_config() -> HoverConfig<'static> {
    HoverConfig {
        links_in_hover: false,
        memory_layout: None,
        documentation: true,
        keywords: true,
        format: HoverDocFormat::Markdown,
        max_trait_assoc_items_count: Some(10),
        max_fields_count: Some(20),
        max_enum_variants_count: Some(20),
        max_subst_ty_len: SubstTyLen::Unlimited,
        show_drop_glue: false,
        ra_fixture: RaFixtureConfig::default(),
    }
}
