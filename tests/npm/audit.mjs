// The server audits of npm's graphql-http against the server at the URL given: all must be ok, without a warning.
import { auditServer } from 'graphql-http';

const EXPECTED = 61;
const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const results = await auditServer({ url });
const failed = results.filter((result) => result.status !== 'ok');
for (const { id, name, status, reason } of failed) console.log(`${status} ${id} ${name}: ${reason}`);
console.log(`${results.length - failed.length} of ${results.length} audits are ok`);
process.exitCode = failed.length === 0 && results.length === EXPECTED ? 0 : 1;
