// What a Relay application asks for: a page, a pagination fragment, a refetchable fragment on the Node interface.
import { graphql } from 'relay-runtime';

graphql`
  query documentsPageQuery($slug: String!) {
    conference(slug: $slug) {
      ...documentsPapers
      panel(code: "CULT03") {
        ...documentsPanel
      }
    }
  }
`;

graphql`
  fragment documentsPapers on Conference
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" })
  @refetchable(queryName: "documentsPapersPaginationQuery") {
    papers(first: $count, after: $cursor) @connection(key: "documents_papers") {
      edges {
        node {
          id
          title
        }
      }
    }
  }
`;

graphql`
  fragment documentsPanel on Panel @refetchable(queryName: "documentsPanelRefetchQuery") {
    title
    papers {
      title
      authors {
        person {
          name
        }
      }
    }
  }
`;
