import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WorkspaceDiff } from './diff.js';
import { aFolder, aWorker, anArchive, artifactsOf, digestOf } from './workspaces-in-test.contract.js';

describe('a task', () => {
  it('leaves a diff of what it changed, where it asks for one, that git can apply', async () => {
    const { plane, run } = await aWorker();
    const archive = await anArchive({ 'a.txt': 'old\n', 'gone.txt': 'x\n', '.gitignore': 'ignored\n' });
    plane.archives.set(digestOf(archive), archive);
    plane.pieceBytes = 100_000;
    const command =
      "echo new > a.txt; rm gone.txt; printf '\\000\\001' > bin; echo x > ignored; git init -q nested; touch nested/f";
    const { last } = await run(command, { workspace: { archive: digestOf(archive), diff: true } });
    const [artifact] = artifactsOf(last);
    expect(artifact?.name).toBe('workspace.diff');
    const diff = plane.put.get(artifact?.digest ?? '') ?? Buffer.alloc(0);
    expect(diff.toString()).toContain('-old\n+new\n');
    expect(diff.toString()).not.toMatch(/ignored|nested/);
    const folder = await aFolder();
    await writeFile(join(folder, 'a.txt'), 'old\n');
    await writeFile(join(folder, 'gone.txt'), 'x\n');
    execFileSync('git', ['apply', '-'], { cwd: folder, input: diff });
    expect((await readdir(folder)).toSorted()).toEqual(['a.txt', 'bin']);
    expect(await readFile(join(folder, 'bin'))).toEqual(Buffer.from([0, 1]));
  });

  it('of an agent that leaves diffs leaves one, and none where nothing was changed', async () => {
    const { run } = await aWorker({ leavesDiff: (agent) => agent === 'shell' });
    expect(artifactsOf((await run('echo x > f')).last)).toHaveLength(1);
    expect(artifactsOf((await run('true')).last)).toEqual([]);
  });

  it('works without a diff where none can be made, unless it asks for one', async () => {
    const { run } = await aWorker({
      workspace: join(await aFolder(), 'a folder that is gone'),
      leavesDiff: () => true,
    });
    const { last, output } = await run('true');
    expect(output).toContain('not kept as an artifact: "workspace.diff": ');
    expect(last).toMatchObject({
      data: { error: expect.stringContaining('a folder that is gone does not exist') },
    });
    const asked = await run('true', { workspace: { diff: true } });
    expect(asked).toMatchObject({ output: '', last: { type: 'Failed' } });
  });

  it('that is asked for none leaves none, whatever its agent does', async () => {
    const { run } = await aWorker({ leavesDiff: () => true });
    expect(artifactsOf((await run('echo x > f', { workspace: { diff: false } })).last)).toEqual([]);
  });

  it('shows in its diff neither what is hidden in the folder nor the places of tasks', async () => {
    const shared = await aFolder();
    const hidden = [join(shared, '.coderClaw', 'da*ta'), join(shared, 'password'), '/elsewhere'];
    const workRoot = join(shared, 'work');
    const { plane, run } = await aWorker({ workspace: shared, workRoot, hidden, leavesDiff: () => true });
    const command =
      'mkdir -p .coderClaw/da*ta; echo x | tee .coderClaw/da*ta/f .coderClaw/kept password seen';
    await mkdir(join(shared, '.coderClaw', 'da*ta'), { recursive: true });
    const [artifact] = artifactsOf((await run(command)).last);
    const diff = plane.put.get(artifact?.digest ?? '')?.toString() ?? '';
    expect(diff.match(/(?<=^\+\+\+ b\/).*/gm)).toEqual(['.coderClaw/kept', 'seen']);
  });
});

it.each(['.gitignore', '.gitattributes'])('a pipe called %s keeps nobody waiting for ever', async (name) => {
  const folder = await aFolder();
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const diff = new WorkspaceDiff(workspace, join(folder, 'diff'), { timeoutMs: 300 });
  await diff.begin();
  execFileSync('sh', ['-c', `mkfifo ${name}`], { cwd: workspace });
  await writeFile(join(workspace, 'new'), 'x');
  await expect(diff.end()).rejects.toThrow('took too long');
});
