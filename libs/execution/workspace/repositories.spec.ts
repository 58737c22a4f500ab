import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Repositories } from './repositories.js';
import type { CheckoutLimits } from './repositories.js';
import { aFolder } from './workspaces-in-test.contract.js';

const git = (cwd: string, args: readonly string[], input = '') =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    input,
  }).trim();

/** A repository with these files, and where it is checked out by a worker's hand. */
async function aRepository(files: Readonly<Record<string, string>>, limits?: CheckoutLimits) {
  const folder = await aFolder();
  const work = join(folder, 'work');
  const [into, cache] = [join(folder, 'into'), join(folder, 'cache')];
  await Promise.all([work, into].map((path) => mkdir(path)));
  git(work, ['init', '--quiet', '--initial-branch=main']);
  for (const [name, content] of Object.entries(files)) await writeFile(join(work, name), content);
  git(work, ['add', '-A']);
  git(work, ['commit', '--quiet', '--allow-empty', '-m', 'one']);
  const repositories = new Repositories(cache, limits);
  const repository = pathToFileURL(work).href;
  const checkOut = (ref = 'main') =>
    repositories.checkOut({ repository, ref }, into, new AbortController().signal);
  return { folder, work, into, cache, checkOut };
}

function stub(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('a repository that nobody trusts', () => {
  it('has no filter of the worker’s account run on it, Git LFS’s neither', async () => {
    const { folder, into, checkOut } = await aRepository({
      '.gitattributes': '* filter=lfs\n',
      a: 'as it is',
    });
    const [settings, ran] = [join(folder, 'gitconfig'), join(folder, 'ran')];
    await writeFile(settings, `[filter "lfs"]\n\tsmudge = touch ${ran}; cat\n\trequired = true\n`);
    stub('GIT_CONFIG_GLOBAL', settings);
    await checkOut();
    expect(await readFile(join(into, 'a'), 'utf8')).toBe('as it is');
    expect(existsSync(ran)).toBe(false);
  });

  it('is not looked at by a git that a task has left on the PATH of a project', async () => {
    const { folder, into, checkOut } = await aRepository({ a: 'x' });
    const [bin, ran] = [join(folder, 'node_modules', '.bin'), join(folder, 'ran')];
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'git'), `#!/bin/sh\ntouch ${ran}\n`);
    await chmod(join(bin, 'git'), 0o755);
    stub('PATH', [bin, process.env['PATH']].join(delimiter));
    await checkOut();
    expect([await readFile(join(into, 'a'), 'utf8'), existsSync(ran)]).toEqual(['x', false]);
  });

  it('is refused where a few objects would fill the disk, before one is written', async () => {
    const { work, into, checkOut } = await aRepository({}, { maxFiles: 1_000, maxBytes: 1_000_000 });
    let entry = `100644 blob ${git(work, ['hash-object', '-w', '--stdin'], 'x')}`;
    for (let level = 0; level < 10; level++) {
      const tree = Array.from({ length: 10 }, (_, i) => `${entry}\tf${i}\n`).join('');
      entry = `040000 tree ${git(work, ['mktree'], tree)}`;
    }
    const bomb = git(work, ['commit-tree', '-m', 'bomb', entry.split(' ')[2] ?? '']);
    git(work, ['branch', 'bomb', bomb]);
    await expect(checkOut('bomb')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^the repository is refused/),
    });
    expect(await readdir(into)).toEqual(['.git']);
  });

  it.each([
    ['files', { maxFiles: 1, maxBytes: 1_000 }],
    ['bytes', { maxFiles: 10, maxBytes: 5 }],
  ])('is refused for too many %s', async (_, limits) => {
    const { checkOut } = await aRepository({ a: 'one', b: 'two' }, limits);
    await expect(checkOut()).rejects.toThrow('it has 2 files of 6 bytes');
  });

  it('is to be had again though a crash has left a lock in its mirror', async () => {
    const { folder, into, cache, checkOut } = await aRepository({ a: 'x' });
    await checkOut();
    const [mirror = ''] = await readdir(cache);
    await writeFile(join(cache, mirror, 'shallow.lock'), '');
    execFileSync('rm', ['-r', into]);
    await mkdir(into);
    await checkOut();
    expect(await readdir(folder)).toContain('into');
  });
});
