"use strict";
const place = document.getElementById("graphiql");
if (window.GraphiQL && window.ReactDOM) {
  const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
  const defaultQuery = `{
  conferences {
    nodes { name slug startsOn endsOn }
  }
}
`;
  ReactDOM.createRoot(place).render(React.createElement(GraphiQL, { fetcher, defaultQuery }));
}
