// Subscriptions with graphql-ws, graphql-sse and Apollo Client, set up as docs/clients.md says: each keeps the link of
// each session room, comes back by itself when its connection is lost, and goes on from where it was.
//
// usage: node live.mjs URL. Prints a line of JSON for each update: which client, whether it was a reset, and the links
// that it now holds.
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as overSockets } from 'graphql-ws';
import { createClient as overEvents } from 'graphql-sse';
import WebSocket from 'ws';

const url = process.argv[2];
if (!url) {
  console.error('usage: node live.mjs URL');
  process.exit(2);
}

const LINKS = `subscription Links($after: Cursor) {
  sessionRoomChanged(conference: "small", after: $after) {
    cursor
    reset
    removedIds
    sessionRooms { id revision link { url } }
  }
}`;

// What a client keeps: whatever it is sent takes the place of what it had.
function keeper(client) {
  const held = new Map();
  const keeper = {
    after: null,
    take(update) {
      if (update.reset) held.clear();
      for (const id of update.removedIds) held.delete(id);
      for (const room of update.sessionRooms) {
        const before = held.get(room.id);
        if (before && before.revision > room.revision) throw new Error(`${client} went back`);
        held.set(room.id, room);
      }
      keeper.after = update.cursor;
      const links = [...held.values()].map((room) => room.link.url).sort();
      console.log(JSON.stringify({ client, reset: update.reset, links }));
    },
  };
  return keeper;
}

// Again and again, soon and not all at once: a library gives up after five tries if it is not told otherwise.
const wait = (tries) => new Promise((go) => setTimeout(go, Math.min(100 * 2 ** tries, 2_000) * (0.5 + Math.random() / 2)));

// Browsers and newer versions of Node.js need no `webSocketImpl`.
const socketOptions = { url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: Infinity, shouldRetry: () => true, retryWait: wait };

function unasked(client) {
  return () => {
    console.log(JSON.stringify({ client, ended: true }));
    process.exit(1);
  };
}

function failed(client) {
  return (error) => {
    console.log(JSON.stringify({ client, error: String(error?.message ?? JSON.stringify(error)) }));
    process.exit(1);
  };
}

// graphql-ws sends the same message again when it has come back. `after` is read at that moment.
{
  const kept = keeper('graphql-ws');
  const variables = { get after() { return kept.after; } };
  overSockets(socketOptions).subscribe(
    { query: LINKS, variables },
    { next: ({ data }) => kept.take(data.sessionRoomChanged), error: failed('graphql-ws'), complete: unasked('graphql-ws') },
  );
}

// graphql-sse likewise.
{
  const kept = keeper('graphql-sse');
  const variables = { get after() { return kept.after; } };
  overEvents({ url, retryAttempts: Infinity, retry: wait }).subscribe(
    { query: LINKS, variables },
    { next: ({ data }) => kept.take(data.sessionRoomChanged), error: failed('graphql-sse'), complete: unasked('graphql-sse') },
  );
}

// Apollo Client copies the variables: on a connection that is not the first, the operation is begun anew.
{
  const kept = keeper('Apollo Client');
  const socket = overSockets(socketOptions);
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
  let running;
  const begin = () => {
    running?.unsubscribe();
    running = client
      .subscribe({ query: gql(LINKS), variables: { after: kept.after }, fetchPolicy: 'no-cache' })
      .subscribe({
        next: ({ data, error }) => (data ? kept.take(data.sessionRoomChanged) : failed('Apollo Client')(error)),
        error: failed('Apollo Client'),
        complete: unasked('Apollo Client'),
      });
  };
  let connections = 0;
  socket.on('connected', () => { if (connections++ > 0) begin(); });
  begin();
}
