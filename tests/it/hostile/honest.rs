//! What honest clients send. The shapes are those of pages of a program and of client libraries' own documents; none
//! of them may be refused.

use serde_json::{Value, json};

/// The introspection query, as GraphiQL and code generators send it: every option on, `ofType` nine deep.
pub fn introspection() -> String {
    let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    format!(
        "query IntrospectionQuery {{
           __schema {{
             description
             queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }}
             types {{ ...FullType }}
             directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }}
           }}
         }}
         fragment FullType on __Type {{
           kind name description specifiedByURL isOneOf
           fields(includeDeprecated: true) {{
             name description args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }}
             isDeprecated deprecationReason
           }}
           inputFields(includeDeprecated: true) {{ ...InputValue }}
           interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
           possibleTypes {{ ...TypeRef }}
         }}
         fragment InputValue on __InputValue {{
           name description type {{ ...TypeRef }} defaultValue isDeprecated deprecationReason
         }}
         fragment TypeRef on __Type {{ {of_type} }}"
    )
}

/// As pages ask: one after another with a variable for the conference.
const PAGES: [(&str, &str); 5] = [
    (
        "a panel's page",
        "query ($slug: String!) { conference(slug: $slug) { panels(first: 1) { nodes { id code title abstract
           convenors { affiliation person { id name } } chairs { implied person { name } }
           sessions { id number startsAt endsAt rooms { room { name } link { access opensAt } }
             slots { position startTime paper { id title authors { affiliation person { name } } } } } } } } }",
    ),
    (
        "a day",
        "query ($slug: String!) { conference(slug: $slug) { days { date }
           sessions(first: 500) { nodes { id number date startTime endTime timing rooms { room { id name } }
             panel { id code title track { code } convenors { person { name } } } } } } }",
    ),
    (
        "the whole program",
        "query ($slug: String!) { conference(slug: $slug) { name panels(first: 500) { totalCount nodes { id code title
           papers { id title authors { person { name } } } } } } }",
    ),
    (
        "a page of papers",
        "query ($slug: String!) { conference(slug: $slug) { papers(first: 50) {
           nodes { id title abstract keywords authors { person { name } } panel { code } }
           pageInfo { hasNextPage endCursor } } } }",
    ),
    (
        "people",
        "query ($slug: String!) { conference(slug: $slug) { people(first: 50, filter: {nameContains: \"a\"}) { totalCount
           nodes { name country authorships { paper { title panel { code } } } participations { role } } } } }",
    ),
];

/// Every set has `__typename`, as Apollo Client writes documents.
const APOLLO: &str =
    "query Program($slug: String!, $first: Int = 20, $after: String, $abstracts: Boolean!, $bare: Boolean = false) {
  conference(slug: $slug) {
    id name cursor
    papers(first: $first, after: $after) {
      edges { cursor node { ...PaperCard __typename } __typename }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }
      totalCount __typename
    }
    __typename
  }
}
fragment PaperCard on Paper {
  id title abstract @include(if: $abstracts)
  authors @skip(if: $bare) { ...AuthorLine __typename }
  panel { id code title __typename }
  slots { id session { id startsAt rooms { id room { id name __typename } __typename } __typename } __typename }
  __typename
}
fragment AuthorLine on Authorship { affiliation presenting person { id name affiliation __typename } __typename }";

/// As relay-compiler writes a refetchable page: the node by its id, inline fragments for each type, aliases for keys.
const RELAY: &str = "query ProgramPaginationQuery($count: Int = 10, $cursor: String, $slug: String!) {
  __typename
  conference(slug: $slug) { ...Program_papers_1G22uz id }
}
fragment Program_papers_1G22uz on Conference {
  papers(first: $count, after: $cursor) {
    edges { cursor node { ...PaperRow_paper __typename id } }
    pageInfo { endCursor hasNextPage }
  }
  id
}
fragment PaperRow_paper on Paper {
  __isNode: __typename
  title
  ... on Node { __isNode: __typename __typename id }
  panel { ... on Panel { code title } id }
}";

/// Bodies of requests for the conference of this slug, each with its name.
pub fn documents(slug: &str) -> Vec<(&'static str, String)> {
    let body = |query: &str, variables: Value| json!({"query": query, "variables": variables}).to_string();
    let mut all: Vec<_> = PAGES.iter().map(|(name, query)| (*name, body(query, json!({"slug": slug})))).collect();
    all.push(("introspection", body(&introspection(), Value::Null)));
    all.push(("Apollo's", body(APOLLO, json!({"slug": slug, "after": null, "abstracts": true}))));
    all.push(("Relay's", body(RELAY, json!({"slug": slug, "count": 25}))));
    all
}
