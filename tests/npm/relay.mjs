// Compiles a Relay application's documents against schema.graphql and runs what the compiler made of them against the
// server at the URL given: the page, the next page by the pagination query, and the panel again by its id. Then the
// page once more through Relay's runtime, as docs/clients.md sets it up.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import relayRuntime from 'relay-runtime';

const { Environment, Network, RecordSource, Store, fetchQuery } = relayRuntime;

const url = process.argv[2];
const here = dirname(fileURLToPath(import.meta.url));
const artifacts = join(here, 'relay', 'artifacts');

function must(holds, what) {
  if (!holds) throw new Error(what);
}

async function run(name, variables) {
  const { default: document } = await import(pathToFileURL(join(artifacts, `${name}.graphql.js`)));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: document.params.text, variables }),
  });
  const { data, errors } = await response.json();
  must(response.status === 200 && !errors, `${name}: ${response.status} ${JSON.stringify(errors)}`);
  return data;
}

rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts);
const compiler = join(here, 'node_modules', 'relay-compiler', 'cli.js');
// It looks for the folder of artifacts from where it is run.
execFileSync(process.execPath, [compiler, 'relay.config.json'], { cwd: join(here, 'relay'), stdio: 'pipe' });

const { conference } = await run('documentsPageQuery', { slug: 'demo' });
const first = conference.papers;
must(first.edges.length === 5 && first.pageInfo.hasNextPage, 'the first page');
const next = await run('documentsPapersPaginationQuery', { id: conference.id, count: 5, cursor: first.pageInfo.endCursor });
must(next.node.papers.edges.length === 5, 'the next page');
must(next.node.papers.edges[0].node.id !== first.edges[0].node.id, 'other papers');
const again = await run('documentsPanelRefetchQuery', { id: conference.panel.id });
must(again.node.__typename === 'Panel' && again.node.title === conference.panel.title, 'the panel again');

async function fetchFn({ name, text }, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: text, operationName: name, variables }),
  });
  return response.json();
}
const environment = new Environment({ network: Network.create(fetchFn), store: new Store(new RecordSource()) });
const { default: page } = await import(pathToFileURL(join(artifacts, 'documentsPageQuery.graphql.js')));
await fetchQuery(environment, page, { slug: 'demo' }).toPromise();
const kept = environment.getStore().getSource();
must(kept.get(conference.id)?.__typename === 'Conference', 'the conference in the store, by its id');
must(first.edges.every(({ node }) => kept.get(node.id)?.title === node.title), 'the papers in the store, by their ids');
console.log('relay is content');
