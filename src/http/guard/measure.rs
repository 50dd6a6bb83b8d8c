//! Documents, before they are validated: what they grow to, reckoned without growing them.
//!
//! Each fragment is reckoned once, after the fragments that it spreads. Recursion goes into brackets only, and those
//! are bounded by the scan.

use std::collections::{BTreeMap, HashMap};

use async_graphql::parser::types::OperationType;
use async_graphql::{
    Positioned,
    parser::types::{ExecutableDocument, FragmentDefinition, OperationDefinition, Selection, SelectionSet},
};

use crate::{config::Limits, error::AppError};

/// The fields of introspection that are lists of the schema's own size: inside one another they multiply.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// What a selection set comes to with its fragments written out. Sums saturate.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Selections in all: fields, spreads and inline fragments.
    selections: u64,
    /// Fields at the top.
    top: u64,
    /// Fields with an alias at the top.
    top_aliases: u64,
    /// The most aliases in any one set.
    aliases: u64,
    /// Fields inside one another, introspection counted as one.
    depth: u64,
    /// Fields inside one another below `__schema` and `__type`.
    introspection: u64,
    /// Lists of introspection inside one another, wherever they are.
    lists: u64,
    /// The same, below `__schema` and `__type`.
    introspection_lists: u64,
    /// Selection sets inside one another, fragments' too.
    levels: u64,
}

type Fragments = HashMap<async_graphql::Name, Positioned<FragmentDefinition>>;

/// Refuses a document that grows over a limit, or whose fragments contain themselves. Says whether the operation asks
/// for the schema.
pub(super) fn document(
    document: &ExecutableDocument,
    executed: &Positioned<OperationDefinition>,
    limits: &Limits,
) -> Result<bool, AppError> {
    let directives = directives(document);
    check("directives", "directives", directives, limits.directives)?;
    let known = fragments(&document.fragments)?;
    for size in known.values() {
        within(size, limits)?;
    }
    let mut selections = 0_u64;
    for (_, operation) in document.operations.iter() {
        let size = measure(&operation.node.selection_set.node, &known);
        within(&size, limits)?;
        selections = selections.saturating_add(size.selections);
    }
    check("expanded_fields", "fields with fragments written out", selections, limits.expanded_fields)?;
    let ty = executed.node.ty;
    let executed = measure(&executed.node.selection_set.node, &known);
    if ty == OperationType::Subscription {
        // GraphQL's own rule ("Single root field"), which the library does not know.
        check("root_fields", "root fields of a subscription", executed.top, 1)?;
    }
    check("root_fields", "root fields", executed.top, limits.root_fields)?;
    Ok(executed.introspection > 0)
}

fn check(limit: &str, what: &str, asked: u64, allowed: usize) -> Result<(), AppError> {
    if asked > allowed as u64 { Err(AppError::too_expensive(limit, what, asked, allowed as u64)) } else { Ok(()) }
}

fn within(size: &Size, limits: &Limits) -> Result<(), AppError> {
    check("expanded_fields", "fields with fragments written out", size.selections, limits.expanded_fields)?;
    check("nesting", "selection sets inside one another", size.levels, limits.nesting)?;
    check("aliases", "aliases in one selection set", size.aliases, limits.aliases)?;
    check("introspection_depth", "levels of introspection", size.introspection, limits.introspection_depth)?;
    check(
        "introspection_nesting",
        "lists of introspection (fields, inputFields, interfaces, possibleTypes) inside one another",
        size.introspection_lists,
        limits.introspection_nesting,
    )?;
    check("depth", "levels of fields", size.depth, limits.depth)
}

/// The directives of the document as it is written.
fn directives(document: &ExecutableDocument) -> u64 {
    let mut count = 0;
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        count += operation.directives.len();
        count += operation.variable_definitions.iter().map(|variable| variable.node.directives.len()).sum::<usize>();
        each(&operation.selection_set.node, &mut |selection| count += selection.directives().len());
    }
    for fragment in document.fragments.values() {
        count += fragment.node.directives.len();
        each(&fragment.node.selection_set.node, &mut |selection| count += selection.directives().len());
    }
    count as u64
}

fn each<'a>(set: &'a SelectionSet, visit: &mut impl FnMut(&'a Selection)) {
    for selection in &set.items {
        visit(&selection.node);
        match &selection.node {
            Selection::Field(field) => each(&field.node.selection_set.node, visit),
            Selection::InlineFragment(inline) => each(&inline.node.selection_set.node, visit),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Sizes of all fragments; those that are spread by another come before it, by a walk with its own stack.
fn fragments(all: &Fragments) -> Result<HashMap<&str, Size>, AppError> {
    let mut spreads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, fragment) in all {
        let mut of = Vec::new();
        each(&fragment.node.selection_set.node, &mut |selection| {
            if let Selection::FragmentSpread(spread) = selection {
                of.push(spread.node.fragment_name.node.as_str());
            }
        });
        of.sort_unstable();
        of.dedup();
        spreads.insert(name.as_str(), of);
    }
    let mut known: HashMap<&str, Size> = HashMap::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for start in spreads.keys().copied() {
        let mut path = vec![start];
        while let Some(&name) = path.last() {
            if known.contains_key(name) {
                path.pop();
                continue;
            }
            let next = open.entry(name).or_default();
            match spreads.get(name).and_then(|of| of.get(*next)).copied() {
                Some(spread) => {
                    *next += 1;
                    // A fragment that does not exist is validation's to refuse.
                    if known.contains_key(spread) || !all.contains_key(spread) {
                        continue;
                    }
                    if open.contains_key(spread) {
                        return Err(AppError::validation_failed(format!(
                            "The fragment \"{spread}\" contains itself, through \"{name}\"."
                        ))
                        .at(all.get(spread).map(|fragment| fragment.pos)));
                    }
                    path.push(spread);
                }
                None => {
                    if let Some(fragment) = all.get(name) {
                        known.insert(name, measure(&fragment.node.selection_set.node, &known));
                    }
                    path.pop();
                }
            }
        }
    }
    Ok(known)
}

fn measure(set: &SelectionSet, known: &HashMap<&str, Size>) -> Size {
    let mut size = Size::default();
    for selection in &set.items {
        size.selections = size.selections.saturating_add(1);
        match &selection.node {
            Selection::Field(field) => {
                let field = &field.node;
                let below = measure(&field.selection_set.node, known);
                size.selections = size.selections.saturating_add(below.selections);
                size.top = size.top.saturating_add(1);
                size.top_aliases = size.top_aliases.saturating_add(u64::from(field.alias.is_some()));
                size.aliases = size.aliases.max(below.aliases);
                size.levels = size.levels.max(below.levels);
                let name = field.name.node.as_str();
                let lists = below.lists + u64::from(LISTS.contains(&name));
                if matches!(name, "__schema" | "__type") {
                    size.depth = size.depth.max(1);
                    size.introspection = size.introspection.max(below.depth + 1).max(below.introspection);
                    size.introspection_lists = size.introspection_lists.max(lists).max(below.introspection_lists);
                } else {
                    size.depth = size.depth.max(below.depth + 1);
                    size.lists = size.lists.max(lists);
                    size.introspection = size.introspection.max(below.introspection);
                    size.introspection_lists = size.introspection_lists.max(below.introspection_lists);
                }
            }
            Selection::InlineFragment(inline) => size.merge(&measure(&inline.node.selection_set.node, known)),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = known.get(spread.node.fragment_name.node.as_str()) {
                    size.merge(fragment);
                }
            }
        }
    }
    size.aliases = size.aliases.max(size.top_aliases);
    size.levels = if set.items.is_empty() { 0 } else { size.levels.saturating_add(1) };
    size
}

impl Size {
    /// Adds a fragment's fields to the set that has it.
    fn merge(&mut self, other: &Self) {
        let Self { selections, top, top_aliases, aliases, depth, introspection, lists, introspection_lists, levels } =
            *other;
        self.selections = self.selections.saturating_add(selections);
        self.top = self.top.saturating_add(top);
        self.top_aliases = self.top_aliases.saturating_add(top_aliases);
        self.aliases = self.aliases.max(aliases);
        self.depth = self.depth.max(depth);
        self.introspection = self.introspection.max(introspection);
        self.lists = self.lists.max(lists);
        self.introspection_lists = self.introspection_lists.max(introspection_lists);
        self.levels = self.levels.max(levels);
    }
}
