'use strict';

const examples = [
  ['Which conferences are there?', `{
  conferences {
    totalCount
    nodes { slug name timeZone startsOn endsOn }
  }
}`, {}],
  ['What is on, day by day', `query Days($slug: String!) {
  conference(slug: $slug) {
    name
    days {
      date
      sessions {
        startTime
        endTime
        timing
        panel { code title }
        rooms { room { name } }
      }
    }
  }
}`, { slug: 'demo' }],
  ['A paper with its authors and sessions', `query Papers($slug: String!) {
  conference(slug: $slug) {
    papers(first: 3) {
      totalCount
      nodes {
        title
        authors { affiliation presenting person { name } }
        panel { code title }
        slots {
          startTime
          session { date startTime rooms { room { name } link { access } } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`, { slug: 'demo' }],
  ['A panel with everyone in it', `query Panel($slug: String!, $code: String!) {
  conference(slug: $slug) {
    panel(code: $code) {
      title
      abstract
      convenors { person { name } affiliation }
      chairs { person { name } implied }
      discussants { person { name } affiliation }
      papers { title status authors { person { name } } }
    }
  }
}`, { slug: 'demo', code: 'CULT03' }],
  ['Somebody by name, and what they do', `query Person($slug: String!, $name: String!) {
  conference(slug: $slug) {
    people(filter: { nameContains: $name }) {
      nodes {
        name
        affiliation
        authorships { paper { title } }
        participations { role panel { code title } }
      }
    }
  }
}`, { slug: 'demo', name: 'garcia' }],
  ['Search everything', `query Search($slug: String!, $query: String!) {
  conference(slug: $slug) {
    search(query: $query, first: 10) {
      totalCount
      nodes {
        kind
        node {
          ... on Panel { code title }
          ... on Paper { title panel { code } }
          ... on Person { name affiliation }
          ... on Session { number panel { code title } }
        }
        snippets { field parts { text matched } }
      }
    }
  }
}`, { slug: 'demo', query: 'kazak' }],
  ['You, your schedule, and the links you may have', `query Mine($slug: String!) {
  viewer { user { name } }
  conference(slug: $slug) {
    viewerAudience
    viewerSchedule {
      items {
        ... on Panel { code title }
        ... on Session { number panel { code title } }
        ... on Paper { title }
      }
      sessions {
        date
        startTime
        rooms { room { name } link { access url } }
      }
      clashes { startsAt sessions { panel { code } } }
    }
    panel(code: "CULT03") {
      id
      viewerHasStarred
      sessions { rooms { link { access url } } }
    }
  }
}`, { slug: 'demo' }],
  ['Links to rooms, as they change', `subscription Links($slug: String!, $after: Cursor) {
  sessionRoomChanged(conference: $slug, after: $after) {
    cursor
    reset
    removedIds
    sessionRooms {
      session { panel { code } number status }
      room { name }
      link { access url }
    }
  }
}`, { slug: 'demo' }],
  ['The rooms and their own links', `query Rooms($slug: String!) {
  conference(slug: $slug) {
    rooms { id name kind link { access url } }
  }
}`, { slug: 'demo' }],
  ["Replace a room's link, as an organizer", `mutation Replace($input: SetRoomLinkInput!) {
  setRoomLink(input: $input) {
    room { name link { url } }
    cursor
    userErrors { code field message }
  }
}`, { input: { id: "a room's id", url: 'https://meet.example.org/another' } }],
];

const byId = (id) => document.getElementById(id);
const [query, variables, result, status, run, choice] =
  ['query', 'variables', 'result', 'status', 'run', 'examples'].map(byId);

function show([, text, values]) {
  query.value = text;
  variables.value = JSON.stringify(values, null, 2);
}

// What is being listened to, if anything is.
let listening;

function stop() {
  listening?.abort();
  listening = undefined;
  run.firstChild.textContent = 'Run ';
}

const listens = (text) => /(^|\})\s*subscription\b/.test(text.replace(/#[^\n]*/g, ''));

// The events of an answer, as Server-Sent Events have them.
async function* events(body) {
  let text = '';
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = {};
      for (const line of text.slice(0, end).split('\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
      }
      text = text.slice(end + 2);
      if (event.event) yield event;
    }
  }
}

// Shows each update, and comes back when the connection is lost.
async function listen(values) {
  const own = new AbortController();
  listening = own;
  run.firstChild.textContent = 'Stop ';
  status.textContent = '…';
  let count = 0;
  let last = {};
  while (!own.signal.aborted) {
    try {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream', ...last },
        body: JSON.stringify({ query: query.value, variables: values }),
        signal: own.signal,
      });
      if (response.status === 200) {
        for await (const { event, id, data } of events(response.body)) {
          if (event === 'complete') return own === listening ? stop() : undefined;
          if (id) last = { 'Last-Event-ID': id };
          const answer = JSON.parse(data);
          result.textContent = JSON.stringify(answer, null, 2);
          result.className = answer.errors ? 'error' : '';
          count += 1;
          status.textContent = `update ${count} at ${new Date().toLocaleTimeString()}`;
        }
      } else if (response.status < 500 && response.status !== 429) {
        result.textContent = JSON.stringify(await response.json(), null, 2);
        result.className = 'error';
        return stop();
      }
    } catch (error) {
      if (own.signal.aborted) return undefined;
    }
    status.textContent = 'The connection is lost; coming back …';
    await new Promise((go) => setTimeout(go, 500 + 500 * Math.random()));
  }
  return undefined;
}

async function send() {
  if (listening) {
    stop();
    status.textContent = 'stopped';
    return;
  }
  let values;
  try {
    values = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    result.textContent = `The variables are not JSON: ${error.message}`;
    result.className = 'error';
    return;
  }
  if (listens(query.value)) {
    await listen(values);
    return;
  }
  run.disabled = true;
  status.textContent = '…';
  const began = performance.now();
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: query.value, variables: values }),
    });
    const answer = await response.json();
    result.textContent = JSON.stringify(answer, null, 2);
    result.className = answer.errors ? 'error' : '';
    status.textContent = `${response.status} in ${Math.round(performance.now() - began)} ms`;
  } catch (error) {
    result.textContent = `No answer: ${error.message}`;
    result.className = 'error';
    status.textContent = '';
  } finally {
    run.disabled = false;
  }
}

for (const [name] of examples) choice.add(new Option(name));
choice.addEventListener('change', () => {
  stop();
  show(examples[choice.selectedIndex]);
});
run.addEventListener('click', send);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send();
  }
});

// A link with a query in it opens with that query.
const asked = new URLSearchParams(location.search);
if (asked.has('query')) {
  query.value = asked.get('query');
  variables.value = asked.get('variables') ?? '{}';
} else {
  choice.selectedIndex = 2;
  show(examples[2]);
  send();
}
