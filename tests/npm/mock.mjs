// Providers that lie, one for each way, on free loopback ports. Prints one line of JSON, {way: issuer}, and runs until it
// is ended.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { OAuth2Server } from 'oauth2-mock-server';

const now = () => Math.floor(Date.now() / 1000);
const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const idToken = (change) => (service) =>
  service.on('beforeTokenSigning', (token) => change(token.payload));
const response = (change) => (service) =>
  service.on('beforeResponse', (answer) => change(answer));
const unsigned = (answer) => {
  answer.body.id_token = `${b64({ alg: 'none', typ: 'JWT' })}.${b64(claims(answer.body.id_token))}.`;
};
const shared = (answer) => {
  const signed = `${b64({ alg: 'HS256', typ: 'JWT' })}.${b64(claims(answer.body.id_token))}`;
  const mac = createHmac('sha256', 'a secret of the client').update(signed).digest('base64url');
  answer.body.id_token = `${signed}.${mac}`;
};

const ways = {
  honest: () => {},
  a_little_late: idToken((it) => Object.assign(it, { iat: now() - 40, exp: now() - 30 })),
  nonce: idToken((it) => Object.assign(it, { nonce: 'of-somebody-else' })),
  no_nonce: idToken((it) => { delete it.nonce; }),
  issuer: idToken((it) => Object.assign(it, { iss: 'https://evil.example' })),
  audience: idToken((it) => Object.assign(it, { aud: 'another-client' })),
  expired: idToken((it) => Object.assign(it, { iat: now() - 1200, exp: now() - 600 })),
  from_the_future: idToken((it) => Object.assign(it, { iat: now() + 600, exp: now() + 1200 })),
  none: response(unsigned),
  hs256: response(shared),
  tampered: response((answer) => {
    const [head, , mac] = answer.body.id_token.split('.');
    answer.body.id_token = `${head}.${b64({ ...claims(answer.body.id_token), sub: 'admin' })}.${mac}`;
  }),
  no_id_token: response((answer) => { delete answer.body.id_token; }),
  token_error: response((answer) => { answer.statusCode = 400; answer.body = { error: 'invalid_grant' }; }),
  token_500: response((answer) => { answer.statusCode = 500; answer.body = { oops: 'a stack trace' }; }),
  userinfo: (service) => service.on('beforeUserinfo', (answer) => { answer.body.sub = 'somebody-else'; }),
};

// What no library of a provider would do, by hand: `answers` by path.
const byHand = (answers) => new Promise((resolve) => {
  const http = createServer((request, reply) => {
    const issuer = `http://127.0.0.1:${http.address().port}`;
    answers(issuer, new URL(request.url, issuer).pathname, reply);
  });
  http.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${http.address().port}`));
});
const discovery = (issuer) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
});

const issuers = {};
for (const [way, lie] of Object.entries(ways)) {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  server.issuer.url = `http://127.0.0.1:${server.address().port}`;
  lie(server.service);
  issuers[way] = server.issuer.url;
}
issuers.another_issuer = await byHand((issuer, path, reply) => reply.end(JSON.stringify(discovery('https://evil.example'))));
issuers.garbage = await byHand((issuer, path, reply) => reply.end('<html>not JSON'));
issuers.huge = await byHand((issuer, path, reply) => reply.end(`{"a":"${'x'.repeat(3_000_000)}"}`));
issuers.silent = await byHand(() => {});
issuers.elsewhere = await byHand((issuer, path, reply) => reply.writeHead(302, { location: 'http://127.0.0.1:9/' }).end());
console.log(JSON.stringify(issuers));
