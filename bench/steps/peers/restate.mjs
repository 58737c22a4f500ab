// A service of Restate in this process; its server, which is where steps are recorded, calls it over HTTP/2.
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { createRequire } from 'node:module';
import { asked, measure } from './rounds.mjs';

/** The package asks for Node 22, where this is; the rest of it runs on 20. */
Promise.withResolvers ??= () => {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
};

const { folder, admin, ingress, ...work } = asked();
process.env.RESTATE_LOGGING = 'ERROR'; // read when the package is loaded
const { createEndpointHandler, service } = createRequire(`${folder}/`)('@restatedev/restate-sdk');

const bench = service({
  name: 'bench',
  handlers: {
    steps: async (context) => {
      const from = performance.now();
      for (let n = 1; n <= work.steps; n++) await context.run(`step:${n}`, async () => n);
      return { from, to: performance.now() };
    },
  },
  options: { retryPolicy: { maxAttempts: 1, onMaxAttempts: 'kill' } }, // a second attempt would begin its clock anew
});

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

const server = createServer(createEndpointHandler({ services: [bench] })).listen(0, '127.0.0.1');
await once(server, 'listening');
await post(`${admin}/deployments`, { uri: `http://127.0.0.1:${server.address().port}` });
await measure(work, () => post(`${ingress}/bench/steps`, {}));
process.exit(0); // Restate keeps its connection open
