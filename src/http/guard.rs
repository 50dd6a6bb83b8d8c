//! The door: what a request may ask for, decided before the GraphQL library sees it.
//!
//! Three steps, each linear in the size of what it reads: [`scan`] counts bytes, tokens and brackets of the text;
//! the parser makes a document of it; [`measure`] reckons what the document would grow to with its fragments written
//! out, without writing them out. Whatever passes is small enough for the library to validate and run.

mod documents;
mod measure;
mod scan;

use async_graphql::{
    Positioned,
    parser::{
        self, parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};
use serde_json::{Map, Value};

pub use documents::Documents;
pub use scan::json_nesting;

use crate::{config::Limits, error::AppError};

/// A document that is within the limits.
#[derive(Debug)]
pub struct Admitted {
    /// The document, parsed.
    pub document: ExecutableDocument,
    /// What the operation does that is to be run.
    pub kind: OperationType,
    /// The name of that operation, if it has one.
    pub name: Option<String>,
    /// Whether that operation asks for the schema.
    pub introspects: bool,
}

/// Admits a document, or says which limit or rule it breaks.
///
/// `operation_name` picks the operation; `variables` must have those that the operation can't go without.
///
/// # Errors
/// `TOO_EXPENSIVE` over a limit, `PARSE_FAILED`, `VALIDATION_FAILED` for fragments that contain themselves,
/// `BAD_USER_INPUT` for an operation that is not there or a variable that is missing.
pub fn admit(
    query: &str,
    operation_name: Option<&str>,
    variables: &Map<String, Value>,
    limits: &Limits,
) -> Result<Admitted, AppError> {
    let admitted = examine(query, operation_name, limits)?;
    require_variables(pick(&admitted.document.operations, operation_name)?.1, variables)?;
    Ok(admitted)
}

/// All of that but the variables: what is the same each time.
fn examine(query: &str, operation_name: Option<&str>, limits: &Limits) -> Result<Admitted, AppError> {
    scan::document(query, limits)?;
    let document = parse_query(query).map_err(|error| parse_failure(&error))?;
    let (name, operation) = pick(&document.operations, operation_name)?;
    let introspects = measure::document(&document, operation, limits)?;
    let (kind, name) = (operation.node.ty, name.map(str::to_owned));
    Ok(Admitted { document, kind, name, introspects })
}

fn parse_failure(error: &parser::Error) -> AppError {
    let places: Vec<_> = error.positions().collect();
    let message = match error {
        // The parser draws the line with an arrow under it; the last line of that says what it expected.
        parser::Error::Syntax { message, .. } => {
            let expected = message.rsplit("= ").next().unwrap_or_default().trim().replace('_', " ");
            let line = places.first().map(|place| format!(" at line {}, column {}", place.line, place.column));
            format!("The document can't be read{}: {expected}.", line.unwrap_or_default())
        }
        other => format!("The document can't be read: {other}."),
    };
    AppError::parse_failed(message).at(places)
}

type Operation = Positioned<OperationDefinition>;

fn pick<'a>(
    operations: &'a DocumentOperations,
    wanted: Option<&str>,
) -> Result<(Option<&'a str>, &'a Operation), AppError> {
    let unknown = |name: &str| {
        let name: String = name.chars().take(64).collect();
        AppError::bad_input(format!("The document has no operation named {name:?}; mend `operationName`."))
    };
    match (operations, wanted) {
        (DocumentOperations::Single(operation), None) => Ok((None, operation)),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(name)),
        (DocumentOperations::Multiple(named), Some(wanted)) => named
            .get_key_value(wanted)
            .map(|(name, operation)| (Some(name.as_str()), operation))
            .ok_or_else(|| unknown(wanted)),
        (DocumentOperations::Multiple(named), None) => {
            let mut all = named.iter();
            match (all.next(), all.next()) {
                (Some((name, operation)), None) => Ok((Some(name.as_str()), operation)),
                _ => Err(AppError::bad_input(
                    "The document has several operations; say in `operationName` which one to run.",
                )),
            }
        }
    }
}

fn require_variables(operation: &Operation, variables: &Map<String, Value>) -> Result<(), AppError> {
    for definition in &operation.node.variable_definitions {
        let definition = &definition.node;
        let (name, wanted) = (&definition.name.node, &definition.var_type.node);
        let fault = match variables.get(name.as_str()) {
            None if definition.default_value.is_none() => "is missing",
            Some(Value::Null) => "is null",
            None | Some(_) => continue,
        };
        if !wanted.nullable {
            let message = format!("The variable \"${name}\" of the required type \"{wanted}\" {fault}.");
            return Err(AppError::bad_input(message).at([definition.name.pos]));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "guard/tests.rs"]
mod tests;
