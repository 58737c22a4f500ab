import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { isPublicAddress } from './public-address.js';
import type { ToolContext } from './tool.js';
import { useTool } from './toolbox.js';

const SKILLS = [
  'read-file',
  'list-files',
  'search-files',
  'edit-file',
  'git-diff',
  'fetch-url',
  'shell-exec',
];

let workspace = '';
let outside = '';
let recorded = new Map<string, unknown>();

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tools-spec-'));
  workspace = join(folder, 'workspace');
  outside = join(folder, 'outside');
  mkdirSync(join(workspace, 'src'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'hunter2');
  writeFileSync(join(workspace, 'src', 'a.ts'), 'one\ntwo\nthree\n');
  recorded = new Map();
  return () => rmSync(folder, { recursive: true });
});

const step: ToolContext['step'] = async (key, _kind, work) => {
  if (!recorded.has(key)) recorded.set(key, (await work({ write: () => Promise.resolve() })).result);
  return recorded.get(key) as never;
};

const context = (more: Partial<ToolContext> = {}): ToolContext => ({
  key: 'tool:1',
  workspace,
  step,
  signal: new AbortController().signal,
  fetch: 'public',
  command: () => Promise.resolve({ type: 'Completed', data: { output: '' } }),
  ...more,
});

const use = (name: string, input: object, more: Partial<ToolContext> = {}) =>
  useTool({ name, input }, SKILLS, () => Promise.resolve(), context(more));

describe('a path', () => {
  beforeEach(() => {
    symlinkSync(outside, join(workspace, 'way-out'));
    symlinkSync(join(outside, 'secret'), join(workspace, 'src', 'link'));
    symlinkSync(join(workspace, 'src'), join(workspace, 'inside'));
    mkdirSync(join(workspace, '.git'));
    mkdirSync(join(workspace, '.coderClaw', 'data'), { recursive: true });
    writeFileSync(join(workspace, '.coderClaw', 'data', 'token'), 'hunter2');
  });

  it.each([
    ['../outside/secret', 'is outside'],
    ['src/../../outside/secret', 'is outside'],
    ['/etc/passwd', 'is outside'],
    ['way-out/secret', 'is outside'],
    ['way-out/new', 'is outside'],
    ['src/link', 'is outside'],
    ['.coderClaw/data/token', 'is in .coderClaw'],
    ['.git/config', 'is in .git'],
    ['src/../.git/hooks/pre-commit', 'is in .git'],
    ['a\0b', 'is no path'],
  ])('%j is kept from every tool', async (path, why) => {
    for (const [name, input] of [
      ['read-file', { path }],
      ['edit-file', { path, replace: 'x' }],
      ['list-files', { path }],
      ['search-files', { path, text: 'hunter2' }],
      ['git-diff', { path }],
    ] as const)
      expect(await use(name, input)).toContain(why);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('hunter2');
  });

  it('may lead through a link that stays inside, and be absolute', async () => {
    expect(await use('read-file', { path: 'inside/a.ts' })).toContain('two');
    expect(await use('read-file', { path: join(workspace, 'src/a.ts') })).toContain('two');
  });

  it('of a link is not listed or searched', async () => {
    expect(await use('list-files', {})).toBe('src/a.ts');
    expect(await use('search-files', { text: 'hunter2' })).toBe('[not found]');
  });
});

describe('reading', () => {
  it('gives a file, or some lines of it, and cuts what is too much', async () => {
    expect(await use('read-file', { path: 'src/a.ts', fromLine: 2, lines: 1 })).toBe('two');
    writeFileSync(join(workspace, 'long'), 'x'.repeat(100_000));
    expect(await use('read-file', { path: 'long' })).toMatch(/\[cut: 50848 more characters\]$/);
  });

  it('refuses what is missing, too large, a folder or no text, and says so', async () => {
    writeFileSync(join(workspace, 'huge'), Buffer.alloc(1024 * 1024 + 1, 'x'));
    writeFileSync(join(workspace, 'binary'), Buffer.from([1, 0, 2]));
    expect(await use('read-file', { path: 'nothing' })).toMatch(/^error: path: there is no file "nothing"/);
    expect(await use('read-file', { path: 'huge' })).toMatch(/^error: .*more than 1048576/);
    expect(await use('read-file', { path: 'src' })).toMatch(/^error: .*is not a file/);
    expect(await use('read-file', { path: 'binary' })).toMatch(/^error: .*is not a text file/);
  });

  it('finds lines by a text, in the case asked for', async () => {
    expect(await use('search-files', { text: 'THREE', ignoreCase: true })).toBe('src/a.ts:3: three');
    expect(await use('search-files', { text: 'THREE' })).toBe('[not found]');
    expect(await use('search-files', { text: 't.o' })).toBe('[not found]');
  });
});

describe('an edit', () => {
  const edit = { path: 'src/a.ts', find: 'two', replace: 'two two' };
  const file = () => readFileSync(join(workspace, 'src/a.ts'), 'utf8');

  it('replaces one text, keeps the rights of the file, and makes folders that are missing', async () => {
    writeFileSync(join(workspace, 'run.sh'), 'one', { mode: 0o755 });
    expect(await use('edit-file', { path: 'run.sh', find: 'one', replace: 'two' })).toBe('done: run.sh');
    expect(statSync(join(workspace, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(await use('edit-file', { path: 'new/deep/b.ts', replace: 'b' }, { key: 'tool:2' })).toMatch(
      /^done/,
    );
    expect(readFileSync(join(workspace, 'new/deep/b.ts'), 'utf8')).toBe('b');
  });

  it('asked for again is not applied twice, and one that was not applied is', async () => {
    await use('edit-file', edit);
    expect(await use('edit-file', edit)).toBe('done: src/a.ts');
    expect(file()).toBe('one\ntwo two\nthree\n');
    writeFileSync(join(workspace, 'src/a.ts'), 'one\ntwo\nthree\n'); // as if it died before it wrote
    expect(await use('edit-file', edit)).toBe('done: src/a.ts');
    expect(file()).toBe('one\ntwo two\nthree\n');
  });

  it('does not touch what somebody else has changed meanwhile', async () => {
    await use('edit-file', edit);
    writeFileSync(join(workspace, 'src/a.ts'), 'mine: two');
    expect(await use('edit-file', edit)).toMatch(/^error: .*changed by somebody else/);
    expect(file()).toBe('mine: two');
  });

  it.each([
    ['four', /is not in "src\/a.ts"/],
    ['e\n', /more than once/],
  ])('of %j is refused, and the model told why', async (find, why) => {
    expect(await use('edit-file', { ...edit, find })).toMatch(why);
    expect(file()).toBe('one\ntwo\nthree\n');
  });
});

describe('git-diff', () => {
  it('shows what differs and names what git does not know, and runs nothing of the repository', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: workspace });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('config', 'filter.evil.clean', `touch ${outside}/ran`);
    git('config', 'diff.external', `touch ${outside}/ran`);
    git('config', 'core.fsmonitor', `touch ${outside}/ran`);
    writeFileSync(join(workspace, '.gitattributes'), '* filter=evil diff=evil\n');
    writeFileSync(join(workspace, 'src/a.ts'), 'one\n2\nthree\n');
    const diff = await use('git-diff', {});
    expect(diff).toContain('-two\n+2\n');
    expect(diff).toContain('Not known to git:\n.gitattributes');
    expect(() => statSync(join(outside, 'ran'))).toThrow('ENOENT');
    expect(await use('git-diff', { against: '--output=/tmp/x' })).toMatch(/^error:/);
  });

  it('says so where there is no repository', async () => {
    expect(await use('git-diff', {})).toMatch(/^error: git cannot tell/);
  });
});

describe('fetch-url', () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: '/page' }).end();
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
    else if (request.url === '/large') response.end('x'.repeat(600_000));
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('a page');
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('reads a page, follows redirects a few times, and cuts what is too large', async () => {
    const any = { fetch: 'any' } as const;
    expect(await use('fetch-url', { url: `${url}/page` }, any)).toBe('200 text/plain\n\na page');
    expect(await use('fetch-url', { url: `${url}/away` }, any)).toBe('200 text/plain\n\na page');
    expect(await use('fetch-url', { url: `${url}/round` }, any)).toMatch(/redirected more than 5 times/);
    expect(await use('fetch-url', { url: `${url}/large` }, any)).toMatch(/\[cut: \d+ more characters\]$/);
  });

  it('reads from no private address, by whatever name, unless the setting says so', async () => {
    const port = new URL(url).port;
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
      '169.254.169.254',
    ])
      expect(await use('fetch-url', { url: `http://${host}:${port}/page` })).toMatch(
        /is not an address of the public internet; the setting execution.fetch/,
      );
  });

  it.each(['file:///etc/passwd', 'ftp://a/b', 'no address', 'https://user:pw@example.com/'])(
    'refuses %s',
    async (bad) => {
      expect(await use('fetch-url', { url: bad }, { fetch: 'any' })).toMatch(
        /is not an http or https address/,
      );
    },
  );

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.0.0.1', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['no address', false],
  ])('takes %s for public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });
});

describe('a command', () => {
  it('that takes too long is stopped, and its output told from the end', async () => {
    const command: ToolContext['command'] = (_line, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () =>
          resolve({
            type: 'Failed',
            data: { error: 'killed by SIGTERM', output: `${'x'.repeat(40_000)}end` },
          }),
        );
      });
    const answer = await use('shell-exec', { command: 'sleep 9', timeoutMs: 100 }, { command });
    expect(answer).toMatch(/^stopped after 100 ms\n\[cut: 7235 characters before\]\n/);
    expect(answer.endsWith('end')).toBe(true);
  });
});

describe('any tool', () => {
  it('is used only after it was allowed, and told what for', async () => {
    const asked: string[] = [];
    const deny = (what: string) => {
      asked.push(what);
      return Promise.reject(new MeshError('access_denied', 'no'));
    };
    const input = { path: 'src/a.ts', replace: 'x' };
    expect(await useTool({ name: 'edit-file', input }, SKILLS, deny, context())).toBe('error: no');
    expect([asked, recorded.size]).toEqual([['src/a.ts'], 0]);
  });

  it('ends the attempt, rather than tell the model, when that is over', async () => {
    const over = () => Promise.reject(new MeshError('fenced', 'over'));
    const asked = useTool({ name: 'list-files', input: {} }, SKILLS, over, context());
    await expect(asked).rejects.toMatchObject({ code: 'fenced' });
  });

  it('is one that the agent declares', async () => {
    const asked = useTool(
      { name: 'shell-exec', input: { command: 'x' } },
      ['read-file'],
      () => Promise.resolve(),
      context(),
    );
    expect(await asked).toBe('error: there is no tool "shell-exec"; there are: read-file');
  });
});
