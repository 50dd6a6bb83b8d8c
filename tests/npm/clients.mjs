// The same questions with Apollo Client, urql and graphql-request to the server at the URL given, set up as
// docs/clients.md says: what each sends, what it makes of answers and errors, and how it comes from page to page.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { ClientError, GraphQLClient } from 'graphql-request';

const NEWER = 'application/graphql-response+json';
const url = process.argv[2];
if (!url) {
  console.error('usage: node clients.mjs URL');
  process.exit(2);
}

function must(holds, what) {
  if (!holds) throw new Error(what);
}

// The last request, as it went over the line, and the answer's head.
let last;
async function spy(input, init = {}) {
  const request = new Request(input, init);
  const response = await fetch(request);
  last = {
    method: request.method,
    accept: request.headers.get('accept') ?? '',
    atLeast: request.headers.get('plenary-at-least'),
    status: response.status,
    type: response.headers.get('content-type') ?? '',
  };
  return response;
}

const PAPERS = `query Papers($slug: String!, $first: Int!, $after: String) {
  conference(slug: $slug) {
    id
    cursor
    papers(first: $first, after: $after) {
      totalCount
      edges { cursor node { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;
const SEEN = 'query Seen($slug: String!, $seen: Cursor) { conference(slug: $slug, atLeast: $seen) { id cursor } }';
const WRONG = '{ conference(slug: "demo") { papers(first: 9000) { totalCount } } }';
const UNKNOWN = '{ conference(slug: "demo") { papars { totalCount } } }';

// Two pages, the second by GET, and both as `application/graphql-response+json`; then two errors with their codes.
async function check(name, { query, codes, get, later }) {
  const variables = { slug: 'demo', first: 5 };
  const first = (await query(PAPERS, variables)).conference;
  must(last.method === 'POST' && last.status === 200, `${name}: ${JSON.stringify(last)}`);
  must(last.accept.includes(NEWER) && last.type.startsWith(NEWER), `${name} by POST: ${JSON.stringify(last)}`);
  must(first.papers.edges.length === 5 && first.papers.pageInfo.hasNextPage, `${name}: the first page`);
  const second = (await get(PAPERS, { ...variables, after: first.papers.pageInfo.endCursor })).conference;
  must(last.method === 'GET' && last.status === 200, `${name}: ${JSON.stringify(last)}`);
  must(last.accept.includes(NEWER) && last.type.startsWith(NEWER), `${name} by GET: ${JSON.stringify(last)}`);
  must(second.papers.edges[0].node.id !== first.papers.edges[0].node.id, `${name}: other papers`);
  const [unknown, wrong] = [await codes(UNKNOWN), await codes(WRONG)];
  must(unknown.includes('VALIDATION_FAILED'), `${name}: ${unknown}`);
  must(wrong.includes('TOO_EXPENSIVE'), `${name}: ${wrong}`);
  const again = await later(PAPERS, variables, first.cursor);
  must(last.atLeast === first.cursor && last.status === 200, `${name}: ${JSON.stringify(last)}`);
  must(again.conference.id === first.id, `${name}: at least as new`);
  const { conference } = await query(SEEN, { slug: 'demo', seen: first.cursor });
  must(conference.cursor === first.cursor, `${name}: at least as new, by the argument`);
  console.log(`${name} is content`);
}

// ---- Apollo Client ----

const NODES = [
  'Announcement', 'Conference', 'Panel', 'Paper', 'Person', 'Room', 'Session', 'SessionRoom', 'Slot', 'Track',
];
let atLeast;
const header = new ApolloLink((operation, forward) => {
  if (atLeast) operation.setContext(({ headers }) => ({ headers: { ...headers, 'Plenary-At-Least': atLeast } }));
  return forward(operation);
});
const cache = () =>
  new InMemoryCache({
    possibleTypes: { Node: NODES },
    typePolicies: { Conference: { fields: { papers: relayStylePagination(['filter']) } } },
  });
const apollo = (useGETForQueries) =>
  new ApolloClient({ link: ApolloLink.from([header, new HttpLink({ uri: url, fetch: spy, useGETForQueries })]), cache: cache() });
const byPost = apollo(false);
const byGet = apollo(true);
await check('Apollo Client', {
  query: async (text, variables) => (await byPost.query({ query: gql(text), variables })).data,
  get: async (text, variables) => (await byGet.query({ query: gql(text), variables })).data,
  codes: async (text) => {
    try {
      // Pages of one list are one list in the cache, whatever `first` says: without this nothing would be sent.
      await byPost.query({ query: gql(text), fetchPolicy: 'network-only' });
    } catch (error) {
      must(CombinedGraphQLErrors.is(error), `Apollo Client: ${error}`);
      return error.errors.map(({ extensions }) => extensions.code);
    }
    return [];
  },
  later: async (text, variables, cursor) => {
    atLeast = cursor;
    const { data } = await byPost.query({ query: gql(text), variables, fetchPolicy: 'network-only' });
    atLeast = undefined;
    return data;
  },
});

// Pages add up to one list in the cache, which whoever watches it is told of.
const fresh = apollo(false);
const pages = fresh.watchQuery({ query: gql(PAPERS), variables: { slug: 'demo', first: 50 } });
const complete = new Promise((resolve, reject) => {
  pages.subscribe({
    next: ({ data, loading }) => {
      if (loading || !data) return;
      const { edges, pageInfo, totalCount } = data.conference.papers;
      if (!pageInfo.hasNextPage) resolve({ edges, totalCount });
      else pages.fetchMore({ variables: { after: pageInfo.endCursor } }).catch(reject);
    },
    error: reject,
  });
});
const { edges, totalCount } = await complete;
const ids = new Set(edges.map(({ node }) => node.id));
must(edges.length === totalCount && ids.size === totalCount, `Apollo Client: ${edges.length} of ${totalCount}`);

// ---- urql ----

const urql = new Client({ url, fetch: spy, exchanges: [cacheExchange, fetchExchange], preferGetMethod: false });
async function urqlData(text, variables, context) {
  const { data, error } = await urql.query(text, variables, context).toPromise();
  if (error) throw error;
  return data;
}
await check('urql', {
  query: urqlData,
  get: (text, variables) => urqlData(text, variables, { preferGetMethod: 'within-url-limit' }),
  codes: async (text) => {
    const { error } = await urql.query(text, {}).toPromise();
    return error.graphQLErrors.map(({ extensions }) => extensions.code);
  },
  later: (text, variables, cursor) =>
    urqlData(text, variables, { requestPolicy: 'network-only', fetchOptions: { headers: { 'Plenary-At-Least': cursor } } }),
});

// ---- graphql-request ----

const request = new GraphQLClient(url, { fetch: spy });
const requestByGet = new GraphQLClient(url, { fetch: spy, method: 'GET' });
await check('graphql-request', {
  query: (text, variables) => request.request(text, variables),
  get: (text, variables) => requestByGet.request(text, variables),
  codes: async (text) => {
    try {
      await request.request(text);
    } catch (error) {
      must(error instanceof ClientError, `graphql-request: ${error}`);
      return error.response.errors.map(({ extensions }) => extensions.code);
    }
    return [];
  },
  later: (text, variables, cursor) => request.request(text, variables, { 'Plenary-At-Least': cursor }),
});
