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
];

const byId = (id) => document.getElementById(id);
const [query, variables, result, status, run, choice] =
  ['query', 'variables', 'result', 'status', 'run', 'examples'].map(byId);

function show([, text, values]) {
  query.value = text;
  variables.value = JSON.stringify(values, null, 2);
}

async function send() {
  let values;
  try {
    values = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    result.textContent = `The variables are not JSON: ${error.message}`;
    result.className = 'error';
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
choice.addEventListener('change', () => show(examples[choice.selectedIndex]));
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
