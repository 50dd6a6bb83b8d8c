//! What is done again and again, each part by itself: `cargo bench --bench hot`. The program is that of a large
//! conference: 400 panels, 3,000 papers, 6,000 people.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::hint::black_box;
use std::sync::Arc;

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, ID, Object, Request, Response, SimpleObject, Value, Variables,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plenary::app::App;
use plenary::auth::Viewer;
use plenary::clock::{Source, System};
use plenary::command::commit::Committer;
use plenary::command::import;
use plenary::config::{Config, Limits};
use plenary::db::{Database, Loaded, PoolOptions};
use plenary::generate::{self, generate};
use plenary::graphql::{self, Budget, Crowd, Pins};
use plenary::http::guard;
use plenary::program::Program;
use plenary::program::search::{Corpus, Query, Search, Wanted, snippets};
use serde_json::{Map, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The whole program, titles only.
const WHOLE: &str = "query Whole($conference: String!) { conference(slug: $conference) { panels(first: 500) { nodes {
    id code title papers { id title authors { person { name } } } } } } }";

/// A page of 50 papers.
const PAGE: &str = "query Page($conference: String!) { conference(slug: $conference) { papers(first: 50) {
    nodes { id title authors { person { name } } panel { code } } pageInfo { hasNextPage endCursor } } } }";

/// A conference in a database of its own.
struct World {
    runtime: Runtime,
    database: Database,
    loaded: Loaded,
    _dir: TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (database, loaded) = runtime.block_on(async {
            let url = Database::sqlite_url(&dir.path().join("hot.db"));
            let database = Database::connect(&url, &PoolOptions::default()).await.unwrap();
            database.migrate().await.unwrap();
            let size = generate::Options { panels: 400, papers: 3_000, people: 6_000, seed: 1, slug: "bench".into() };
            let source: Arc<dyn Source> = Arc::new(System);
            let committer = Committer { database: &database, source: &source, actor: "bench", progress: &|_, _| {} };
            import::import(&committer, &generate(&size).into(), import::Options::default()).await.unwrap();
            let id = Database::conference_id(database.reader(), "bench").await.unwrap().unwrap();
            let loaded = database.load_program(id).await.unwrap().unwrap();
            (database, loaded)
        });
        Self { runtime, database, loaded, _dir: dir }
    }

    /// What was loaded, once more.
    fn again(&self) -> Loaded {
        Loaded { rows: self.loaded.rows.clone(), stamp: self.loaded.stamp, tail: self.loaded.tail.clone() }
    }

    fn program(&self) -> Program {
        Program::build(self.again()).unwrap()
    }
}

fn limits() -> Limits {
    Config::load(None, std::iter::empty(), toml::Table::new()).unwrap().limits
}

/// From rows to a program.
fn load(c: &mut Criterion) {
    let world = World::new();
    let mut group = c.benchmark_group("load");
    group.throughput(Throughput::Elements(world.loaded.rows.len() as u64)).sample_size(20);
    group.bench_function("build", |b| {
        b.iter_batched(|| world.again(), |loaded| Program::build(loaded).unwrap(), BatchSize::PerIteration);
    });
    group.bench_function("read and build", |b| {
        let id = world.loaded.rows.conference[0].id;
        b.iter(|| {
            let loaded = world.runtime.block_on(world.database.load_program(id)).unwrap().unwrap();
            Program::build(loaded).unwrap()
        });
    });
    group.finish();
}

/// Executing a document: Plenary's schema, and beside it the engine alone with the same answer in plain structs.
fn resolve(c: &mut Criterion) {
    let world = World::new();
    let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
    let app = App::new(config, world.database.clone(), Arc::new(System));
    let (limits, own) = (limits(), graphql::schema(graphql::Limits::default(), graphql::Personal(true)));
    let bare = async_graphql::Schema::build(bare::Query, EmptyMutation, EmptySubscription)
        .data(bare::Conference::of(&world.program()))
        .finish();
    let request =
        |document: &str| Request::new(document).variables(Variables::from_json(json!({ "conference": "bench" })));
    let large = limits.large_fields as u64;
    let crowd = Arc::new(Crowd::new(limits.documents_at_once, limits.large_at_once, large, limits.large_waiting));
    let run_own = async |document: &str| {
        let budget = Budget::new(&crowd, limits.resolved_fields as u64, limits.answer_bytes as u64).await.unwrap();
        let pins = Pins::new(Arc::clone(app.desk()), Viewer::Nobody, &[], 2);
        own.execute(request(document).data(Arc::new(pins)).data(Arc::new(budget))).await
    };
    let run_bare = async |document: &str| bare.execute(request(document)).await;
    for (name, document) in [("whole program", WHOLE), ("page", PAGE)] {
        let (ours, theirs) = world.runtime.block_on(async { (run_own(document).await, run_bare(document).await) });
        assert!(ours.errors.is_empty() && theirs.errors.is_empty(), "{:?} {:?}", ours.errors, theirs.errors);
        assert_eq!(size(&ours), size(&theirs), "the same answer");
        let mut group = c.benchmark_group(format!("resolve/{name}"));
        group.throughput(Throughput::Elements(fields(&ours.data))).sample_size(30);
        group.bench_function("plenary", |b| b.iter(|| world.runtime.block_on(run_own(document))));
        group.bench_function("bare", |b| b.iter(|| world.runtime.block_on(run_bare(document))));
        group.bench_function("to bytes", |b| b.iter(|| serde_json::to_vec(&ours.data).unwrap()));
        group.finish();
    }
}

fn size(response: &Response) -> usize {
    serde_json::to_vec(&response.data).unwrap().len()
}

/// How many fields were resolved.
fn fields(value: &Value) -> u64 {
    match value {
        Value::Object(object) => object.values().map(|value| 1 + fields(value)).sum(),
        Value::List(items) => items.iter().map(fields).sum(),
        _ => 0,
    }
}

/// The engine alone: what is answered is at hand, in structs.
mod bare {
    use super::*;

    #[derive(Clone, SimpleObject)]
    pub struct Person {
        name: String,
    }

    #[derive(Clone, SimpleObject)]
    pub struct Author {
        person: Person,
    }

    #[derive(Clone, SimpleObject)]
    pub struct Code {
        code: String,
    }

    #[derive(Clone, SimpleObject)]
    pub struct Paper {
        id: ID,
        title: String,
        authors: Vec<Author>,
        panel: Code,
    }

    #[derive(SimpleObject)]
    pub struct Panel {
        id: ID,
        code: String,
        title: String,
        papers: Vec<Paper>,
    }

    #[derive(SimpleObject)]
    pub struct PageInfo {
        has_next_page: bool,
        end_cursor: String,
    }

    pub struct Page<T>(Vec<T>, PageInfo);

    pub struct Panels(Page<Panel>);

    #[Object]
    impl Panels {
        async fn nodes(&self) -> &[Panel] {
            &self.0.0
        }
    }

    pub struct Papers(Page<Paper>);

    #[Object]
    impl Papers {
        async fn nodes(&self) -> &[Paper] {
            &self.0.0
        }

        async fn page_info(&self) -> &PageInfo {
            &self.0.1
        }
    }

    pub struct Conference {
        panels: Panels,
        papers: Papers,
    }

    impl Conference {
        pub fn of(program: &Program) -> Self {
            // As long as a real one.
            let id = || ID("x".repeat(44));
            let (rows, index) = (&program.rows, &program.index);
            let paper = |ix: u32| {
                let own = &index.papers[ix as usize];
                let author = |ix: &u32| Author {
                    person: Person { name: program.person(index.authorships[*ix as usize].person).name.clone() },
                };
                Paper {
                    id: id(),
                    title: rows.papers[ix as usize].title.clone(),
                    authors: own.authorships.iter().map(author).collect(),
                    panel: Code { code: rows.panels[own.panel as usize].code.clone() },
                }
            };
            let panel = |ix: &u32| {
                let row = &rows.panels[*ix as usize];
                Panel {
                    id: id(),
                    code: row.code.clone(),
                    title: row.title.clone(),
                    papers: index.panels[*ix as usize].papers.iter().map(|ix| paper(*ix)).collect(),
                }
            };
            let last = index.paper_order[49];
            // In base64: the list's kind, an id, the key.
            let bytes = 17 + index.papers[last as usize].key.len();
            let info = |bytes: usize| PageInfo { has_next_page: true, end_cursor: "x".repeat((bytes * 4).div_ceil(3)) };
            Self {
                panels: Panels(Page(index.panel_order.iter().map(panel).collect(), info(0))),
                papers: Papers(Page(index.paper_order[..50].iter().map(|ix| paper(*ix)).collect(), info(bytes))),
            }
        }
    }

    #[Object]
    impl Conference {
        async fn panels(&self, first: i32) -> &Panels {
            black_box(first);
            &self.panels
        }

        async fn papers(&self, first: i32) -> &Papers {
            black_box(first);
            &self.papers
        }
    }

    pub struct Query;

    #[Object]
    impl Query {
        async fn conference<'a>(&self, ctx: &Context<'a>, slug: String) -> &'a Conference {
            black_box(slug);
            ctx.data_unchecked::<Conference>()
        }
    }
}

/// Finding what a person typed.
fn search(c: &mut Criterion) {
    let program = World::new().program();
    let corpus = Corpus { rows: &program.rows, index: &program.index };
    let mut group = c.benchmark_group("search");
    group.sample_size(20);
    group.bench_function("build", |b| b.iter(|| Search::build(corpus).unwrap()));
    let index = Search::build(corpus).unwrap();
    let wanted = Wanted { first: 20, ..Wanted::default() };
    // A rare word and a frequent one, from what there is to be found.
    let title = &program.rows.papers[0].title;
    let name = &program.rows.people[0].name;
    for (kind, text) in [("a title", title.as_str()), ("a name", name.as_str()), ("a prefix", "a")] {
        let query = Query::parse(text).unwrap();
        assert!(index.find(corpus, &query, &wanted).unwrap().total > 0, "{text}");
        group.bench_function(format!("find {kind}"), |b| {
            b.iter(|| {
                let query = Query::parse(black_box(text)).unwrap();
                let found = index.find(corpus, &query, &wanted).unwrap();
                found.hits.iter().map(|hit| snippets(corpus, &query, hit).len()).sum::<usize>()
            });
        });
    }
    group.finish();
}

/// The door: a document that is let in, and two that are not.
fn door(c: &mut Criterion) {
    let limits = limits();
    let variables = Map::from_iter([("conference".to_owned(), json!("bench"))]);
    // Each fragment twice in the next: small to read, vast to write out.
    let mut bomb = "{ ...f0 } fragment f40 on Query { __typename }".to_owned();
    for n in 0..40 {
        bomb += &format!(" fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1);
    }
    let long = format!("{{ {} }}", "a ".repeat(3_000));
    let mut group = c.benchmark_group("guard");
    for (name, document, admitted) in
        [("honest", WHOLE, true), ("refused: fragments", &bomb, false), ("refused: tokens", &long, false)]
    {
        assert_eq!(guard::admit(document, None, &variables, &limits).is_ok(), admitted, "{name}");
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_function(name, |b| b.iter(|| guard::admit(black_box(document), None, &variables, &limits).is_ok()));
    }
    group.finish();
}

criterion_group!(hot, load, resolve, search, door);
criterion_main!(hot);
