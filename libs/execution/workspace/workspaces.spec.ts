import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { aFolder, aWorker, anArchive, artifactsOf, digestOf } from './workspaces-in-test.contract.js';

const at = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** A bare repository with two commits, and their ids. */
async function aRepository() {
  const folder = await aFolder();
  const work = join(folder, 'work');
  await mkdir(work);
  at(work, 'init', '--quiet', '--initial-branch=main');
  const commits: string[] = [];
  for (const text of ['one', 'two']) {
    await writeFile(join(work, 'file.txt'), `${text}\n`);
    at(work, 'add', '-A');
    at(work, 'commit', '--quiet', '-m', text);
    commits.push(at(work, 'rev-parse', 'HEAD'));
  }
  at(work, 'tag', 'v1', commits[0] ?? '');
  at(folder, 'clone', '--quiet', '--bare', work, 'bare.git');
  return { repository: pathToFileURL(join(folder, 'bare.git')).href, commits };
}

describe('a task', () => {
  it('without a workspace works in an empty folder, that is gone afterwards', async () => {
    const { run, left, workRoot } = await aWorker();
    const { output } = await run('pwd; ls -A | wc -l; mkdir locked; touch locked/f; chmod 0 locked');
    const [folder = '', count = ''] = output.split('\n');
    expect([folder.startsWith(workRoot), count.trim()]).toEqual([true, '0']);
    await expect.poll(left).toEqual([]);
  });

  it('works on the archive it names, fetched once for all tasks', async () => {
    const { plane, run, left } = await aWorker();
    const archive = await anArchive({ 'hello.txt': 'hello', 'big.bin': 'x'.repeat(100_000) });
    plane.archives.set(digestOf(archive), archive);
    plane.pieceBytes = 100;
    const workspace = { archive: digestOf(archive) };
    expect((await run('cat hello.txt', { workspace })).output).toBe('hello');
    const pieces = plane.asked.length;
    expect(pieces).toBeGreaterThan(1);
    expect((await run('ls', { workspace })).output).toBe('big.bin\nhello.txt\n');
    expect(plane.asked).toHaveLength(pieces);
    await run('true', { workspace, tenant: 'another' });
    expect(plane.asked.length).toBe(2 * pieces);
    await expect.poll(left).toEqual([]);
  });

  it.each([
    ['is not there', digestOf(Buffer.from('never')), 'there is no archive'],
    ['came as another', `sha256:${'0'.repeat(64)}`, 'came as sha256:'],
  ])('fails where its archive %s', async (_, archive, error) => {
    const { plane, run } = await aWorker();
    plane.archives.set(`sha256:${'0'.repeat(64)}`, await anArchive({ a: 'changed on its way' }));
    const { last } = await run('true', { workspace: { archive } });
    expect(last).toMatchObject({ type: 'Failed', data: { error: expect.stringContaining(error) } });
  });

  it('works on a branch, a tag or a commit of a repository', async () => {
    const { run } = await aWorker();
    const { repository, commits } = await aRepository();
    const read = async (ref?: string) =>
      (await run('cat file.txt', { workspace: { repository, ref } })).output;
    expect(await read()).toBe('two\n');
    expect(await read('main')).toBe('two\n');
    expect(await read('v1')).toBe('one\n');
    expect(await read(commits[0])).toBe('one\n');
  }, 60_000);

  it('fails in git’s own words where the repository has no such ref', async () => {
    const { run } = await aWorker();
    const { repository } = await aRepository();
    const { last } = await run('true', { workspace: { repository, ref: 'nothing' } });
    expect(last).toMatchObject({
      data: { error: expect.stringContaining("couldn't find remote ref nothing") },
    });
  });

  it('leaves the files of its folder for artifacts, also when it fails', async () => {
    const { plane, run } = await aWorker();
    const { last } = await run(
      'mkdir $CODERCLAW_ARTIFACTS/a; printf left > $CODERCLAW_ARTIFACTS/a/b.txt; exit 3',
    );
    expect(last).toMatchObject({ type: 'Failed', data: { error: 'exited with code 3' } });
    const [artifact, ...others] = artifactsOf(last);
    expect([artifact?.name, artifact?.bytes, others]).toEqual(['a/b.txt', 4, []]);
    expect(plane.put.get(artifact?.digest ?? '')?.toString()).toBe('left');
  });

  it('leaves an artifact of many pieces, though the control plane is away in between', async () => {
    const { plane, run } = await aWorker();
    let asked = 0;
    plane.answerPut = () => {
      asked += 1;
      return asked === 2 ? new MeshError('unavailable', 'away') : true;
    };
    const { last } = await run('head -c 1200000 /dev/zero > $CODERCLAW_ARTIFACTS/zeros');
    const [artifact] = artifactsOf(last);
    expect(plane.put.get(artifact?.digest ?? '')?.equals(Buffer.alloc(1_200_000))).toBe(true);
    expect(asked).toBeGreaterThan(3);
  });

  it('says which files it does not keep, and follows no link', async () => {
    const { run } = await aWorker();
    const { last, output } = await run(
      'cd $CODERCLAW_ARTIFACTS; ln -s /etc/passwd link; mkfifo pipe; touch kept',
    );
    expect(artifactsOf(last).map(({ name }) => name)).toEqual(['kept']);
    expect(output).toContain('not kept as an artifact: "link"');
    expect(output).toContain('not kept as an artifact: "pipe": it is no plain file');
  });

  it('keeps what it can where folders lie deeper than a path can say, and nothing of them stays', async () => {
    const { run, left } = await aWorker();
    const { last, output } = await run(
      'cd $CODERCLAW_ARTIFACTS; touch kept; x=$(printf "x%.0s" $(seq 200)); a=a; b=b; ' +
        'for i in $(seq 15); do a=$a/$x; b=$b/$x; done; mkdir -p $a $b; mv b $a',
    );
    expect(artifactsOf(last).map(({ name }) => name)).toEqual(['kept']);
    expect(output).toContain('its name is over 256 bytes');
    await expect.poll(left).toEqual([]);
  });

  it('that is handed back when its worker stops puts nothing more, and goes on elsewhere', async () => {
    const { plane, left, worker } = await aWorker();
    const grant = plane.grant('touch $CODERCLAW_ARTIFACTS/f; echo begun; sleep 60');
    await expect.poll(() => plane.output(grant)).toContain('begun');
    await worker.stop({ drainMs: 0 });
    expect(plane.of(grant).at(-1)).toMatchObject({ type: 'Released' });
    expect([await left().catch(() => []), plane.put.size]).toEqual([[], 0]);
  });

  it('that is taken back puts nothing more', async () => {
    const { plane, left } = await aWorker();
    const grant = plane.grant('touch $CODERCLAW_ARTIFACTS/f; echo begun; sleep 60');
    await expect.poll(() => plane.output(grant)).toContain('begun');
    plane.send({ type: 'stop', taskId: grant.taskId, epoch: grant.epoch, reason: 'cancelled' });
    await expect.poll(left).toEqual([]);
    expect(plane.put.size).toBe(0);
  });
});

it('a worker clears away what the one before it left in a crash', async () => {
  const workRoot = await aFolder();
  await mkdir(join(workRoot, 'tasks', 'old'), { recursive: true });
  const { run } = await aWorker({ workRoot });
  await run('true');
  expect(existsSync(join(workRoot, 'tasks', 'old'))).toBe(false);
});
