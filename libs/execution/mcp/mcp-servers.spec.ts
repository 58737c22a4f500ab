import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '#contract';
import { MeshError } from '#errors';
import { listen } from '#test/identity/http-server';
import { until } from '../scripted-control-plane.contract.js';
import { readProcess } from '../supervisor/process-table.js';
import { KIT, openServers, serveHttp } from './mcp-in-test.contract.js';

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-spec-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const isAlive = (pid: number): boolean => !['Z', undefined].includes(readProcess(pid)?.state);

describe('an MCP server over stdio', () => {
  it('offers its tools with their schemas, under its own name and skill', async () => {
    const { find } = openServers();
    expect(await find('echo')).toMatchObject({
      name: 'kit__echo',
      skillId: 'mcp-kit',
      tool: { description: 'Says it again', schema: { type: 'object', required: ['text'] } },
    });
    expect((await find('echo'))?.tool.what({ text: 'a' })).toBe('echo {"text":"a"}');
  });

  it('is not started for an agent without its skill', async () => {
    const { servers, signal } = openServers({ servers: { kit: { command: ['/nowhere'] } } });
    expect(await servers.toolsOf(['read-file', 'mcp-other'], signal)).toEqual({ tools: [], problems: [] });
  });

  it('checks what it is given itself, and the model is told', async () => {
    const { use } = openServers();
    expect(await use('echo', { text: 'a' })).toBe('you said a');
    await expect(use('echo', { txt: 'a' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/text/),
    });
    await expect(use('refuse')).rejects.toMatchObject({ code: 'invalid_request', message: 'no such issue' });
  });

  it('sees of the environment of the worker only the variables it was promised, and their values are not told', async () => {
    const env = {
      ...process.env,
      OPENAI_API_KEY: 'sk-of-the-worker',
      KIT_TOKEN: 'kit-secret-value',
      KIT_LEVEL: '3',
    };
    const { use } = openServers({ servers: { kit: { ...KIT, env: ['KIT_TOKEN', 'KIT_LEVEL'] } }, env });
    const seen = JSON.parse(await use('environment')) as Record<string, string>;
    expect(
      Object.keys(seen).filter((name) => !['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'].includes(name)),
    ).toEqual(['KIT_TOKEN', 'KIT_LEVEL', 'CODERCLAW_RUN']);
    expect(seen).toMatchObject({ KIT_TOKEN: '[redacted]', KIT_LEVEL: '3' });
  });

  it('is not started without a variable it was promised: that is told each time, and logged once', async () => {
    const logged: string[] = [];
    const logger = { warn: (message: string) => logged.push(message) } as unknown as Logger;
    const { servers, signal } = openServers({
      servers: { kit: { ...KIT, env: ['NOT_SET'] } },
      env: {},
      logger,
    });
    const problem =
      'the MCP server kit: cannot be used: mcpServers.kit.env: NOT_SET is not set in the environment of the worker: ' +
      'set it, or take it out';
    for (let times = 0; times < 2; times++)
      expect(await servers.toolsOf(['mcp-kit'], signal)).toEqual({ tools: [], problems: [problem] });
    expect(logged).toEqual([problem]);
  });

  it.each([
    [['/no/such/program'], /ENOENT/],
    [
      [process.execPath, '-e', 'console.error("no licence\\0"); process.exit(1)'],
      /it said: no licence\uFFFD$/,
    ],
  ])('that cannot start is done without, with the reason: %j', async (command, reason) => {
    const { servers, signal } = openServers({ servers: { kit: { command } } });
    const { problems } = await servers.toolsOf(['mcp-kit'], signal);
    expect(problems).toEqual([expect.stringMatching(reason)]);
  });

  it('that dies in a use is told to the model, and connected again at the next', async () => {
    const { find, use, signal } = openServers();
    const first = await use('pid');
    await expect(use('die')).rejects.toMatchObject({
      message: 'the MCP server kit: its connection was lost; it is connected again at the next use',
    });
    const pid = await find('pid');
    const second = await pid?.tool.run({}, { signal } as never);
    expect([isAlive(Number(first)), isAlive(Number(second)), first === second]).toEqual([false, true, false]);
  });

  it('that answers too much is cut, and ended where it is far too much', async () => {
    const { use } = openServers();
    const answer = await use('huge');
    expect(answer.length).toBeLessThan(50_000);
    expect(answer).toMatch(/\[cut: \d+ more characters\]$/);
    await expect(use('flood')).rejects.toMatchObject({ message: expect.stringMatching(/was lost/) });
    expect(await use('echo', { text: 'b' })).toBe('you said b');
  });

  it('may hang: the attempt ends nevertheless, and the server goes on', async () => {
    const { use } = openServers();
    const mark = join(aFolder(), 'mark');
    const attempt = new AbortController();
    const used = use('hang', { mark }, attempt.signal);
    const ended = used.catch((error: unknown) => error);
    await until(() => existsSync(mark));
    attempt.abort(new MeshError('fenced', 'cancelled'));
    expect(await ended).toMatchObject({ code: 'fenced' });
    expect(await use('echo', { text: 'c' })).toBe('you said c');
  });

  it('that never comes up holds no attempt that has ended, and is ended itself', async () => {
    const mark = join(aFolder(), 'mark');
    const program = `require('fs').writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const { servers } = openServers({ servers: { kit: { command: [process.execPath, '-e', program] } } });
    const attempt = new AbortController();
    const asked = servers.toolsOf(['mcp-kit'], attempt.signal).catch((error: unknown) => error);
    const pid = Number(await until(() => existsSync(mark) && readFileSync(mark, 'utf8')));
    attempt.abort(new MeshError('fenced', 'cancelled'));
    expect(await asked).toMatchObject({ code: 'fenced' });
    await servers.close();
    expect(isAlive(pid)).toBe(false);
  });

  it('that does not answer in time is told to the model', async () => {
    const { use } = openServers({ callMs: 100 });
    await expect(use('hang', { mark: join(aFolder(), 'mark') })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'the MCP server kit: it did not answer in time',
    });
  });

  it('leaves no process when it is closed, however it clings, nor one that it had started', async () => {
    const { servers, use } = openServers({
      servers: { kit: { ...KIT, env: ['LINGERS'] } },
      env: { ...process.env, LINGERS: '1' },
    });
    const pids = [Number(await use('pid')), Number(await use('leave'))];
    expect(pids.map(isAlive)).toEqual([true, true]);
    await servers.close();
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});

describe('an MCP server over streamable HTTP', () => {
  it('is asked with the token of its file, told nothing unasked, and said goodbye to', async () => {
    const docs = await serveHttp('the-token-of-docs');
    const tokenFile = join(aFolder(), 'token');
    writeFileSync(tokenFile, 'the-token-of-docs\n');
    const { servers, use } = openServers({ servers: { kit: { url: docs.url, tokenFile } } });
    expect(await use('find', { text: 'x' })).toBe('found x');
    await servers.close();
    expect(new Set(docs.seen)).toEqual(
      new Set(['POST Bearer the-token-of-docs', 'DELETE Bearer the-token-of-docs']),
    );
    expect(docs.sessions.size).toBe(0);
  });

  it('that refuses the token is done without, and the token is not told', async () => {
    const docs = await serveHttp('another-token');
    const tokenFile = join(aFolder(), 'token');
    writeFileSync(tokenFile, 'the-token-of-docs');
    const { servers, signal } = openServers({ servers: { kit: { url: docs.url, tokenFile } } });
    const { problems } = await servers.toolsOf(['mcp-kit'], signal);
    expect(problems).toEqual([expect.stringMatching(/who is Bearer \[redacted\]\?/)]);
  });

  it('that was started again has lost its session: that is told once, and it is connected again', async () => {
    const docs = await serveHttp();
    const { find, use, signal } = openServers({ servers: { kit: { url: docs.url } } });
    const tool = await find('find');
    const used = () => tool?.tool.run({ text: 'y' }, { signal } as never);
    expect(await used()).toBe('found y');
    docs.sessions.clear();
    await expect(used()).rejects.toMatchObject({ message: expect.stringMatching(/no such session/) });
    expect(await use('find', { text: 'z' })).toBe('found z');
    docs.sessions.clear();
    expect(await use('find', { text: 'a new task' })).toBe('found a new task');
  });

  it('sends nobody elsewhere: a redirect is not followed', async () => {
    const visits: unknown[] = [];
    const elsewhere = await listen((request, response) => {
      visits.push(request.url);
      response.end();
    });
    const docs = await listen((_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/latest/meta-data` }).end();
    });
    onTestFinished(() => Promise.all([docs.close(), elsewhere.close()]).then(() => {}));
    const { servers, signal } = openServers({ servers: { kit: { url: `${docs.url}/mcp` } } });
    const { problems } = await servers.toolsOf(['mcp-kit'], signal);
    expect(problems).toEqual([expect.stringMatching(/^the MCP server kit: cannot be used: /)]);
    expect(visits).toEqual([]);
  });

  it('that is away is done without', async () => {
    const docs = await serveHttp();
    await docs.close();
    const { servers, signal } = openServers({ servers: { kit: { url: docs.url } } });
    const { problems } = await servers.toolsOf(['mcp-kit'], signal);
    expect(problems).toEqual([expect.stringMatching(/^the MCP server kit: cannot be used: .*fetch failed/)]);
  });
});
