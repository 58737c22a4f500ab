import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { aWorkspace } from './tools-in-test.contract.js';

const { place, use } = aWorkspace();

describe('a path', () => {
  beforeEach(() => {
    symlinkSync(place.outside, join(place.workspace, 'way-out'));
    symlinkSync(join(place.outside, 'secret'), join(place.workspace, 'src', 'link'));
    symlinkSync(join(place.workspace, 'src'), join(place.workspace, 'inside'));
    mkdirSync(join(place.workspace, '.git'));
    mkdirSync(join(place.workspace, '.coderClaw', 'data'), { recursive: true });
    writeFileSync(join(place.workspace, '.coderClaw', 'data', 'token'), 'hunter2');
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
    expect(readFileSync(join(place.outside, 'secret'), 'utf8')).toBe('hunter2');
  });

  it('may lead through a link that stays inside, and be absolute', async () => {
    expect(await use('read-file', { path: 'inside/a.ts' })).toContain('two');
    expect(await use('read-file', { path: join(place.workspace, 'src/a.ts') })).toContain('two');
  });

  it('is of the workspace also where that is reached through a link', async () => {
    const workspace = join(place.outside, 'link');
    symlinkSync(place.workspace, workspace);
    expect(await use('read-file', { path: 'src/a.ts' }, { workspace })).toContain('two');
    expect(await use('search-files', { text: 'two' }, { workspace })).toBe('src/a.ts:2: two');
    expect(await use('edit-file', { path: 'src/b.ts', replace: 'b' }, { workspace })).toBe('done: src/b.ts');
  });

  it('of a link is not listed or searched', async () => {
    expect(await use('list-files', {})).toBe('src/a.ts');
    expect(await use('search-files', { text: 'hunter2' })).toBe('[not found]');
  });
});

describe('reading', () => {
  it('gives a file, or some lines of it, and cuts what is too much', async () => {
    expect(await use('read-file', { path: 'src/a.ts', fromLine: 2, lines: 1 })).toBe('two');
    writeFileSync(join(place.workspace, 'long'), 'x'.repeat(100_000));
    expect(await use('read-file', { path: 'long' })).toMatch(/\[cut: 50848 more characters\]$/);
  });

  it('refuses what is missing, too large, a folder or no text, and says so', async () => {
    writeFileSync(join(place.workspace, 'huge'), Buffer.alloc(1024 * 1024 + 1, 'x'));
    writeFileSync(join(place.workspace, 'binary'), Buffer.from([1, 0, 2]));
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
