import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '#contract';
import { MemoryUsedOnce } from '../memory.used-once.js';
import { acceptProof } from './accept-proof.js';

const DOCUMENT = new URL('../../../docs/devices.md', import.meta.url);
const TOKEN = 'a-token-that-only-tests-know';

it('accepts what the example in docs/devices.md signs, as it stands there', async () => {
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const usedOnce = new MemoryUsedOnce(new SystemClock());
  const accept = ({ headers, headersDistinct, method = '', url = '' }: IncomingMessage) => {
    const [, accessToken] = headers.authorization?.match(/^DPoP (.+)$/) ?? [];
    const asked = `http://${headers.host}${url}`;
    return acceptProof(usedOnce, headersDistinct['dpop'], {
      method,
      url: asked,
      accessToken,
      now: new Date(),
    });
  };
  const server = createServer((request, response) => {
    accept(request).then(
      ({ jkt }) => response.end(`signed by ${jkt}`),
      (error: unknown) => response.writeHead(401).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...process.env, CODERCLAW_URL: url, CODERCLAW_TOKEN: TOKEN };
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], { env });
  expect((await run).stdout).toMatch(/^200 signed by [\w-]{43}\n$/);
});
