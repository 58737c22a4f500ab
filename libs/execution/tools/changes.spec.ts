import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useAgain } from './toolbox.js';
import { aWorkspace } from './tools-in-test.contract.js';

const { context, place, use } = aWorkspace();
const file = () => readFileSync(join(place.workspace, 'src/a.ts'), 'utf8');

describe('an edit', () => {
  const edit = { path: 'src/a.ts', find: 'two', replace: 'two two' };

  it('replaces one text, keeps the rights of the file, and makes folders that are missing', async () => {
    writeFileSync(join(place.workspace, 'run.sh'), 'one', { mode: 0o755 });
    expect(await use('edit-file', { path: 'run.sh', find: 'one', replace: 'two' })).toBe('done: run.sh');
    expect(statSync(join(place.workspace, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(await use('edit-file', { path: 'new/deep/b.ts', replace: 'b' }, { key: 'tool:2' })).toMatch(
      /^done/,
    );
    expect(readFileSync(join(place.workspace, 'new/deep/b.ts'), 'utf8')).toBe('b');
  });

  it('asked for again is not applied twice, and one that was not applied is', async () => {
    await use('edit-file', edit);
    expect(await use('edit-file', edit)).toBe('done: src/a.ts');
    expect(file()).toBe('one\ntwo two\nthree\n');
    writeFileSync(join(place.workspace, 'src/a.ts'), 'one\ntwo\nthree\n'); // as if it died before it wrote
    expect(await use('edit-file', edit)).toBe('done: src/a.ts');
    expect(file()).toBe('one\ntwo two\nthree\n');
  });

  it('does not touch what somebody else has changed meanwhile', async () => {
    await use('edit-file', edit);
    writeFileSync(join(place.workspace, 'src/a.ts'), 'mine: two');
    expect(await use('edit-file', edit)).toMatch(/^error: .*changed by somebody else/);
    expect(file()).toBe('mine: two');
  });

  it('on record is made again in the folder of a later attempt, once, and never upon another text', async () => {
    const again = (answer = 'done: src/a.ts') =>
      useAgain({ name: 'edit-file', input: edit }, answer, context());
    await use('edit-file', edit);
    writeFileSync(join(place.workspace, 'src/a.ts'), 'one\ntwo\nthree\n'); // as it was submitted
    await again('error: not made');
    expect(file()).toBe('one\ntwo\nthree\n');
    await again();
    await again();
    expect(file()).toBe('one\ntwo two\nthree\n');
    writeFileSync(join(place.workspace, 'src/a.ts'), 'made by a command: two');
    await expect(again()).rejects.toMatchObject({ code: 'unsupported' });
    place.recorded.clear();
    await again(); // refused before it was planned: there is nothing to do
    expect(file()).toBe('made by a command: two');
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
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: place.workspace });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('config', 'filter.evil.clean', `touch ${place.outside}/ran`);
    git('config', 'diff.external', `touch ${place.outside}/ran`);
    git('config', 'core.fsmonitor', `touch ${place.outside}/ran`);
    writeFileSync(join(place.workspace, '.gitattributes'), '* filter=evil diff=evil\n');
    writeFileSync(join(place.workspace, 'src/a.ts'), 'one\n2\nthree\n');
    const diff = await use('git-diff', {});
    expect(diff).toContain('-two\n+2\n');
    expect(diff).toContain('Not known to git:\n.gitattributes');
    expect(() => statSync(join(place.outside, 'ran'))).toThrow('ENOENT');
    expect(await use('git-diff', { against: '--output=/tmp/x' })).toMatch(/^error:/);
  });

  it('says so where there is no repository', async () => {
    expect(await use('git-diff', {})).toMatch(/^error: git cannot tell/);
  });
});
