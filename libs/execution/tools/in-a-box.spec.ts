import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bwrapForSpecs, skipped } from '../sandbox/box-in-test.contract.js';
import { aWorkspace } from './tools-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd });

/** A repository with one commit of all that is in the folder. */
function repositoryOf(folder: string): void {
  git(folder, 'init', '-q');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'one');
}

describe.skipIf(missing !== null)(`git-diff in a box${skipped(missing)}`, () => {
  const { place, context, use } = aWorkspace({ sandbox: 'bubblewrap', bwrap });

  it('shows what differs', async () => {
    repositoryOf(place.workspace);
    writeFileSync(join(place.workspace, 'src/a.ts'), 'one\n2\nthree\n');
    writeFileSync(join(place.workspace, 'new.ts'), 'new');
    const diff = await use('git-diff', {});
    expect(diff).toContain('-two\n+2\n');
    expect(diff).toContain('Not known to git:\nnew.ts');
  });

  it('runs what it runs as nobody, and without a network', async () => {
    const { look } = context();
    expect(await look(['/bin/sh', '-c', 'id -u; tail -n +3 /proc/net/dev | wc -l'], {})).toBe('65534\n1\n');
  });

  it('shows no other repository of the machine, however the workspace leads there', async () => {
    repositoryOf(place.outside);
    const theirs = join(place.outside, '.git');
    writeFileSync(join(place.workspace, '.git'), `gitdir: ${theirs}\n`);
    expect(await use('git-diff', {})).toMatch(/^error: git cannot tell/);
  });

  it('follows no link of a repository’s own to what another has', async () => {
    repositoryOf(place.outside);
    const theirs = join(place.outside, '.git');
    git(place.workspace, 'init', '-q');
    const ours = join(place.workspace, '.git');
    const branch = git(place.outside, 'symbolic-ref', 'HEAD').toString().trim();
    mkdirSync(join(ours, 'objects/info'), { recursive: true });
    writeFileSync(join(ours, 'objects/info/alternates'), `${theirs}/objects\n`);
    symlinkSync(join(theirs, branch), join(ours, 'refs/heads/theirs'));
    const diff = await use('git-diff', { against: 'theirs' });
    expect(diff).toMatch(/^error: git cannot tell/);
    expect(diff).not.toContain('hunter2');
  });
});

describe('a worker that starts no processes', () => {
  const { place, use } = aWorkspace({ sandbox: 'bubblewrap', bwrap: '/nowhere/bwrap' });

  it('asks git nothing, and says why', async () => {
    repositoryOf(place.workspace);
    expect(await use('git-diff', {})).toMatch(/^error: this worker starts no processes/);
  });
});
