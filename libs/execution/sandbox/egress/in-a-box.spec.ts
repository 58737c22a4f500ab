import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { boxesWith, bwrapForSpecs, skipped } from '../box-in-test.contract.js';
import { DOMAINS, PUBLIC, aNetwork, aServer } from './network-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

const fetching = (url: string): string => `node -e '
  const { request } = require("http");
  request({ host: "127.0.0.1", port: new URL(process.env.HTTP_PROXY).port, path: "${url}" }, (res) => res.pipe(process.stdout)).end();'`;
const listener: RequestListener = (_req, res) => void res.end('from outside');

describe.skipIf(missing !== null)(`a task that may reach some domains${skipped(missing)}`, () => {
  it('gets out by HTTP_PROXY to those and to nothing else', async () => {
    const { network, dialled } = aNetwork(await aServer(createHttpServer(listener)), {
      'registry.example.com': [[PUBLIC]],
    });
    const boxes = boxesWith(bwrap, { allowedDomains: DOMAINS, network });
    expect((await boxes.run(fetching('http://registry.example.com/'))).output).toBe('from outside');
    expect((await boxes.run(fetching('http://evil.example.org/'))).output).toContain(
      'not among the allowed domains',
    );
    expect(dialled).toEqual([`${PUBLIC}:80`]);
    const direct = `node -e 'require("net").connect(443, "${PUBLIC}").on("error", (e) => console.log(e.code))'; grep -c : /proc/net/dev`;
    expect((await boxes.run(direct)).output).toBe('ENETUNREACH\n1\n');
  });

  it('is told by the code and the signal of its command, as without a way out', async () => {
    const boxes = boxesWith(bwrap, { allowedDomains: DOMAINS });
    expect(await boxes.run('echo out; echo err >&2; exit 7')).toMatchObject({
      code: 7,
      output: 'out\nerr\n',
    });
    expect(await boxes.run('kill -9 $$')).toMatchObject({ signal: 'SIGKILL' });
    expect((await boxes.run('head -c 1000000 /dev/zero > /tmp/x; df -P /tmp | tail -1')).code).toBe(0);
  });

  it('may be allowed less than the settings say, or other domains', async () => {
    const { network } = aNetwork(await aServer(createHttpServer(listener)), {
      'registry.example.com': [[PUBLIC]],
    });
    const boxes = boxesWith(bwrap, { allowedDomains: DOMAINS, network });
    expect((await boxes.run('env | grep -ci proxy; exit 0', { domains: [] })).output).toBe('0\n');
    const other = await boxes.run(fetching('http://registry.example.com/'), {
      domains: ['other.example.com'],
    });
    expect(other.output).toContain('not among the allowed domains (other.example.com)');
  });
});
