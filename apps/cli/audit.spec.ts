import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli.js';
import { connector } from './connection.js';
import { fakeIo } from './fake-cli.contract.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const FLAGS = [
  ['--user-id', 'u', 'userId'],
  ['--session-id', 's', 'sessionId'],
  ['--device-id', 'd', 'deviceId'],
  ['--action', 'a', 'action'],
  ['--resource-type', 't', 'resourceType'],
  ['--resource-id', 'r', 'resourceId'],
  ['--result', 'denied', 'result'],
  ['--from', '2026-01-01', 'from', '2026-01-01T00:00:00.000Z'],
  ['--to', '2026-02-01', 'to', '2026-02-01T00:00:00.000Z'],
] as const;
const ALL_FLAGS = FLAGS.flatMap(([flag, value]) => [flag, value]);
const AS_QUERY = Object.fromEntries(FLAGS.map(([, value, name, sent = value]) => [name, sent]));

const queryOf = (url = '') => Object.fromEntries(new URL(url, 'http://x').searchParams);

const page: Answer = (_, response) => void response.end(JSON.stringify({ entries: [] }));
const lines: Answer = (_, response) => void response.end('{"a":1}\n{"b":"é"}\n');

describe('the audit on the command line', () => {
  let answer: Answer = page;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  let folder: string;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    asked.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'coderclaw-export-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (...argv: readonly string[]) => {
    const fake = fakeIo();
    const io = { ...fake.io, cwd: folder };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const exitCode = await runCli(['audit', ...argv, '--url', url, '--token', 't'], io, connector(io));
    return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
  };

  it('is searched by every filter', async () => {
    answer = page;
    expect(await run('query', ...ALL_FLAGS)).toMatchObject({ exitCode: 0 });
    expect(queryOf(asked[0])).toEqual({ ...AS_QUERY, limit: '100' });
  });

  it('is searched for one’s own session by its id', async () => {
    answer = (request, response) =>
      request.url === '/v1/me' ? void response.end('{"sessionId":"mine"}') : page(request, response);
    expect(await run('query', '--own')).toMatchObject({ exitCode: 0 });
    expect(asked).toEqual(['/v1/me', '/v1/audit?sessionId=mine&limit=100']);
    expect(await run('query', '--own', '--session-id', 'other')).toMatchObject({ exitCode: 2 });
  });

  it('is exported by every filter, to stdout as it is', async () => {
    answer = lines;
    const { exitCode, stdout } = await run('export', ...ALL_FLAGS, '--format', 'cef');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"a":1}\n{"b":"é"}\n' });
    expect(asked[0]).toMatch(/^\/v1\/audit\/export\?/);
    expect(queryOf(asked[0])).toEqual({ ...AS_QUERY, format: 'cef' });
  });

  it('is exported as JSON Lines where no format is named, and in no other format than there is', async () => {
    answer = lines;
    await run('export');
    expect(queryOf(asked[0])).toEqual({ format: 'jsonl' });
    expect(await run('export', '--format', 'xml')).toMatchObject({ exitCode: 2 });
  });

  it('is exported into a file that only its owner reads', async () => {
    answer = lines;
    const { exitCode, stdout } = await run('export', '--output', 'all.jsonl', '--json');
    const file = join(folder, 'all.jsonl');
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { file, format: 'jsonl', records: 2, bytes: 19 }]);
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([
      '{"a":1}\n{"b":"é"}\n',
      0o600,
    ]);
    expect(readdirSync(folder)).toEqual(['all.jsonl']);
  });

  it('never leaves a part that looks like the whole: what broke off is an error, the old file stays', async () => {
    answer = (_, response) => {
      response.write('{"a":1}\n', () => response.destroy());
    };
    writeFileSync(join(folder, 'all.jsonl'), 'old');
    const { exitCode, stderr } = await run('export', '--output', 'all.jsonl');
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('broke off in the middle')]);
    expect([readdirSync(folder), readFileSync(join(folder, 'all.jsonl'), 'utf8')]).toEqual([
      ['all.jsonl'],
      'old',
    ]);
    expect(await run('export')).toMatchObject({ exitCode: 5 });
  });

  it('says why it may not be exported, and writes nothing', async () => {
    answer = (_, response) =>
      void response
        .writeHead(403)
        .end(JSON.stringify({ code: 'access_denied', detail: 'audit:read is not granted' }));
    const { exitCode, stderr } = await run('export', '--output', 'all.jsonl');
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('audit:read is not granted')]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the file that cannot be written', async () => {
    answer = lines;
    const { exitCode, stderr } = await run('export', '--output', 'nowhere/all.jsonl');
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/--output: .*nowhere.*ENOENT/)]);
  });
});
