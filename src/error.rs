//! What goes wrong, and how clients are told.
//!
//! Every entry of `errors` in an answer carries `extensions.code` from one closed list. [`AppError`] is how the
//! application says it; [`settle`] is the one place that gives a code to what the GraphQL library says by itself, and
//! that keeps details of faults of ours out of answers and puts them into the log instead.

use std::{collections::HashSet, fmt::Debug, sync::Arc};

use async_graphql::{
    ErrorExtensionValues, Pos, ServerError, Value,
    parser::{
        parse_query,
        types::{ExecutableDocument, Selection, SelectionSet},
    },
};

/// The closed list of codes in `errors[].extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// The request, its variables or an argument are not what they have to be.
    BadUserInput,
    /// The request needs a login.
    Unauthenticated,
    /// The login does not allow it.
    Forbidden,
    /// The request asks for more than a limit allows.
    TooExpensive,
    /// Too many requests in a short time.
    RateLimited,
    /// It took too long.
    Timeout,
    /// The database can't be reached now; asking again later helps.
    Unavailable,
    /// No stored document has this id.
    DocumentNotFound,
    /// A fault of the server.
    Internal,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ParseFailed,
        Self::ValidationFailed,
        Self::BadUserInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::TooExpensive,
        Self::RateLimited,
        Self::Timeout,
        Self::Unavailable,
        Self::DocumentNotFound,
        Self::Internal,
    ];

    /// As clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "PARSE_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::TooExpensive => "TOO_EXPENSIVE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::DocumentNotFound => "DOCUMENT_NOT_FOUND",
            Self::Internal => "INTERNAL",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

const INTERNAL: &str = "The server failed to answer this. Tell its operators the requestId.";

/// An error that a client is told of.
///
/// It has no `Display` on purpose: the GraphQL library turns whatever has one into an answer, and the detail of a
/// fault of ours is for the log only.
#[derive(Clone, Debug)]
pub struct AppError {
    code: ErrorCode,
    message: String,
    at: Vec<Pos>,
    detail: Option<Detail>,
    limit: Option<String>,
}

/// What only the log may say.
#[derive(Clone, Debug)]
struct Detail(String);

impl AppError {
    /// An error of this code. For a fault of the server use [`AppError::internal`].
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), at: Vec::new(), detail: None, limit: None }
    }

    /// The request is wrong; the message says where and how to mend it.
    #[must_use]
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadUserInput, message)
    }

    /// The document is not GraphQL.
    #[must_use]
    pub fn parse_failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ParseFailed, message)
    }

    /// The document does not fit the schema.
    #[must_use]
    pub fn validation_failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationFailed, message)
    }

    /// Over a limit: which (the setting's name), what it counts, how much was asked for and how much is allowed.
    #[must_use]
    pub fn too_expensive(limit: &str, what: &str, asked: u64, allowed: u64) -> Self {
        let message = format!("Too expensive: {asked} {what}, the limit {limit} is {allowed}.");
        Self { limit: Some(limit.to_owned()), ..Self::new(ErrorCode::TooExpensive, message) }
    }

    /// It took longer than this.
    #[must_use]
    pub fn timeout(limit_ms: u64) -> Self {
        Self::new(
            ErrorCode::Timeout,
            format!("The request took longer than the limit run_ms, {limit_ms} ms. Ask for less at once."),
        )
    }

    /// Too many requests of this one in a short time.
    #[must_use]
    pub fn rate_limited(who: &str) -> Self {
        let mend = "wait a second, and then send at most requests_per_second.";
        Self::new(ErrorCode::RateLimited, format!("{who} sends too many requests; {mend}"))
    }

    /// The database can't be reached now.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable, "The data can't be read right now. Try again in a moment.")
    }

    /// Like [`AppError::unavailable`], with a detail for the log.
    #[must_use]
    pub fn unavailable_because(detail: impl Debug) -> Self {
        Self { detail: Some(Detail(format!("{detail:?}"))), ..Self::unavailable() }
    }

    /// A fault of the server: clients get one fixed sentence and the request id, the log gets the detail.
    #[must_use]
    pub fn internal(detail: impl Debug) -> Self {
        Self { detail: Some(Detail(format!("{detail:?}"))), ..Self::new(ErrorCode::Internal, INTERNAL) }
    }

    /// The same error, pointing at these places of the document.
    #[must_use]
    pub fn at(mut self, places: impl IntoIterator<Item = Pos>) -> Self {
        self.at.extend(places);
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The limit that the request is over, by its setting's name.
    #[must_use]
    pub fn limit(&self) -> Option<&str> {
        self.limit.as_deref()
    }

    /// What the client reads.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// As an entry of `errors`. [`settle`] has yet to log the detail.
    #[must_use]
    pub fn into_server_error(self) -> ServerError {
        let at = self.at.clone();
        let async_graphql::Error { message, source, extensions } = self.into();
        let mut error = ServerError::new(message, None);
        error.source = source;
        error.extensions = extensions;
        error.locations = at;
        error
    }
}

impl From<AppError> for async_graphql::Error {
    fn from(error: AppError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        Self {
            message: error.message,
            source: error.detail.map(|detail| Arc::new(detail) as Arc<_>),
            extensions: Some(extensions),
        }
    }
}

/// The most entries that a refused document gets: enough to mend it by, and never a flood.
const MOST_ERRORS: usize = 50;

/// Gives each error a code, and logs (once, with the request id) what clients may not see.
///
/// `query` is the document, to tell a bad variable from a bad document.
pub fn settle(errors: &mut Vec<ServerError>, query: &str, request_id: &str) {
    if errors.iter().all(|error| error.path.is_empty()) {
        // The library finds them in no order of its own; the same document has to get the same answer.
        errors.sort_by(|a, b| (&a.locations, &a.message).cmp(&(&b.locations, &b.message)));
        // It finds some of them twice.
        errors.dedup_by(|a, b| (&a.locations, &a.message) == (&b.locations, &b.message));
        errors.truncate(MOST_ERRORS);
    }
    let mut variables = None;
    let mut logged: Vec<String> = Vec::new();
    for error in errors {
        let code = match own_code(error) {
            Some(code) => code,
            None => {
                let code =
                    library_code(error, || variables.get_or_insert_with(|| arguments_with_variables(query)).clone());
                if code == ErrorCode::Internal && error.source::<Detail>().is_none() {
                    error.source = Some(Arc::new(Detail(std::mem::take(&mut error.message))));
                }
                code
            }
        };
        // Ten thousand fields may fail for one reason.
        if let Some(Detail(detail)) = error.source::<Detail>()
            && !logged.contains(detail)
            && logged.len() < MOST_ERRORS
        {
            tracing::error!(request_id, code = code.as_str(), detail, path = ?error.path, "a request failed");
            logged.push(detail.clone());
        }
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code.as_str());
        if code == ErrorCode::Internal {
            INTERNAL.clone_into(&mut error.message);
            extensions.set("requestId", request_id);
        }
    }
}

/// The code of an entry of `errors`, if it has one of the list.
#[must_use]
pub fn own_code(error: &ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(name) => ErrorCode::named(name),
        _ => None,
    }
}

/// What the library says while it reads an argument, when it runs.
const INPUT_FAULTS: [&str; 6] = [
    "Failed to parse \"",
    "Expected input type \"",
    "Invalid value for argument",
    "Variable ",
    "The \"first\"",
    "The \"last\"",
];

fn library_code(error: &ServerError, arguments: impl FnOnce() -> HashSet<Pos>) -> ErrorCode {
    let says = |start: &&str| error.message.starts_with(*start);
    // A source means that some error of ours was printed into the message: nobody has looked at what it says.
    if error.source.is_some() {
        return ErrorCode::Internal;
    }
    if !error.path.is_empty() {
        return if INPUT_FAULTS.iter().any(&says) { ErrorCode::BadUserInput } else { ErrorCode::Internal };
    }
    if ["Unknown operation named", "Operation name required", "Failed to parse \""].iter().any(&says) {
        return ErrorCode::BadUserInput;
    }
    if ["The recursion depth of the query", "Query is too complex", "Query is nested too deep"].iter().any(&says) {
        return ErrorCode::TooExpensive;
    }
    if says(&"Invalid value for argument") {
        let arguments = arguments();
        if error.locations.iter().any(|place| arguments.contains(place)) {
            return ErrorCode::BadUserInput;
        }
    }
    ErrorCode::ValidationFailed
}

/// Where the arguments are whose values come from variables.
fn arguments_with_variables(query: &str) -> HashSet<Pos> {
    let mut found = HashSet::new();
    let Ok(ExecutableDocument { operations, fragments }) = parse_query(query) else { return found };
    for (_, operation) in operations.iter() {
        collect_arguments(&operation.node.selection_set.node, &mut found);
    }
    for fragment in fragments.values() {
        collect_arguments(&fragment.node.selection_set.node, &mut found);
    }
    found
}

fn collect_arguments(set: &SelectionSet, found: &mut HashSet<Pos>) {
    for selection in &set.items {
        let (own, below) = match &selection.node {
            Selection::Field(field) => (field.node.arguments.as_slice(), Some(&field.node.selection_set.node)),
            Selection::InlineFragment(inline) => ([].as_slice(), Some(&inline.node.selection_set.node)),
            Selection::FragmentSpread(_) => ([].as_slice(), None),
        };
        let of_directives = selection.node.directives().iter().flat_map(|directive| &directive.node.arguments);
        for (name, value) in own.iter().chain(of_directives) {
            // A value without variables is constant.
            if value.node.clone().into_const().is_none() {
                found.insert(name.pos);
            }
        }
        if let Some(below) = below {
            collect_arguments(below, found);
        }
    }
}

#[cfg(test)]
mod tests;
