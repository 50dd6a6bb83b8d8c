// A certified OpenID provider on a free loopback port, for one client whose redirect address is the first argument. It
// demands PKCE, and lets in whoever gives a name. Prints its issuer, and runs until it is ended.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const http = createServer();
http.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${http.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'plenary', client_secret: 'a secret of the client', redirect_uris: [process.argv[2]] }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['keys of a test'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Doctor ${id}`, email: `${id}@example.org`, email_verified: true }),
    }),
  });
  http.on('request', provider.callback());
  console.log(issuer);
});
