import { existsSync, readFileSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import { Boxes, aFolder, boxesWith, bwrapForSpecs, skipped } from './box-in-test.contract.js';
import { folderOf, parseMemberships, parseMounts } from './cgroup-files.js';
import { findCgroups } from './cgroups.js';
import { processesWith } from './machine.contract.js';

const { bwrap, missing } = await bwrapForSpecs();
const { grouped } =
  missing === null ? findCgroups() : { grouped: { memory: false, processes: false, cpu: false } };
/** What a title says of specs that are skipped. */
const why = (controller: 'memory' | 'processes'): string =>
  grouped[controller] ? '' : ` (skipped: no cgroup for ${controller} may be made here)`;

/** The cgroups of a process that are ours. */
function groupsOf(pid: number): readonly string[] {
  const mounts = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  return parseMemberships(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))
    .flatMap((membership) =>
      mounts
        .filter(({ controllers }) => membership.controllers.every((name) => controllers.includes(name)))
        .map((mount) => folderOf(mount, membership)),
    )
    .filter((folder) => folder !== null && folder.includes('coderclaw-') && existsSync(folder)) as string[];
}

const quotasIn = (folder: string): readonly string[] =>
  ['cpu.cfs_quota_us', 'cpu.max']
    .map((file) => join(folder, file))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));

const LIMITS = { memoryMb: 200, processes: 64, diskMb: 64, temporaryMb: 16 };

describe.skipIf(missing !== null)(`a task that wants more than it may have${skipped(missing)}`, () => {
  const boxes = new Boxes(bwrap, { limits: LIMITS });
  afterAll(() => boxes.close());

  it.skipIf(!grouped.processes)(`stops a fork bomb, and names the limit${why('processes')}`, async () => {
    const { code, signal, limit } = await boxes.run('f() { f | f & }; f; while :; do sleep 1 & done');
    expect([code, signal]).not.toEqual([0, null]);
    expect(limit).toContain('64 processes at once, the limit execution.limits.processes');
  });

  it.skipIf(!grouped.processes)(
    `kills a fork bomb that would go on for ever, and the machine can still fork${why('processes')}`,
    async () => {
      const { signal, limit } = await boxes.run(
        `node -e 'const { spawn } = require("child_process");
          for (;;) try { spawn("sleep", ["60"]).on("error", () => {}) } catch {}'`,
      );
      expect(signal).toBe('SIGKILL');
      expect(limit).toContain('execution.limits.processes');
      expect((await boxes.run('echo fine')).output).toBe('fine\n');
    },
  );

  it.skipIf(!grouped.memory)(`kills a memory bomb, and names the limit${why('memory')}`, async () => {
    const { limit, code } = await boxes.run(
      `node -e 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'; exit 0`,
    );
    expect(limit).toContain('more than 200 MiB of memory, the limit execution.limits.memoryMb');
    expect(code === 0 || code === null).toBe(true);
  });

  it.skipIf(!grouped.memory)(
    `counts the memory of all its processes together, and what lies in its /tmp${why('memory')}`,
    async () => {
      const together = await boxes.run(
        `for i in 1 2 3 4 5; do node -e 'const b = Buffer.alloc(6e7, 1); setTimeout(() => {}, 60000)' & done; wait`,
      );
      expect(together.limit).toContain('execution.limits.memoryMb');
    },
  );

  it('ends where its folders in memory are full, and names the limit', async () => {
    const { code, limit, output } = await boxes.run('head -c 100000000 /dev/zero > /tmp/bomb');
    expect(output).toContain('No space left on device');
    expect(code).toBe(1);
    expect(limit).toContain('16 MiB, the limit execution.limits.temporaryMb (/tmp)');
  });

  it('ends where one file grows too big, and names the limit', async () => {
    const workspace = aFolder('workspace');
    const { signal, limit } = await boxes.run('head -c 200000000 /dev/zero > bomb', { workspace });
    expect(signal).toBe('SIGXFSZ');
    expect(limit).toContain('a file of more than 64 MiB, the limit execution.limits.diskMb');
    expect(statSync(join(workspace, 'bomb')).size).toBe(64 * 1024 * 1024);
  });

  it('is killed when many files grow too big together, and names the limit', async () => {
    const workspace = aFolder('workspace');
    const { signal, limit } = await boxes.run(
      'i=0; while :; do i=$((i+1)); head -c 4000000 /dev/zero > bomb-$i; sleep 0.01; done',
      { workspace },
    );
    expect(signal).toBe('SIGKILL');
    expect(limit).toContain('more than 64 MiB, the limit execution.limits.diskMb');
    expect(readdirSync(workspace).length).toBeLessThan(400);
    rmSync(workspace, { recursive: true });
  });

  it('is killed likewise where it fills the folder of what is to be kept', async () => {
    const artifacts = aFolder('artifacts');
    const { limit } = await boxes.run(
      'cd $CODERCLAW_ARTIFACTS; i=0; while :; do i=$((i+1)); head -c 4000000 /dev/zero > $i; sleep 0.01; done',
      { artifacts },
    );
    expect(limit).toContain('more than 64 MiB, the limit execution.limits.diskMb');
    expect(readdirSync(artifacts).length).toBeLessThan(400);
  });

  it('is killed when it fills the disk with files that have no name any more', async () => {
    const workspace = aFolder('workspace');
    const before = statfsSync(workspace);
    const { limit } = await boxes.run(
      `node -e 'const fs = require("fs"); const chunk = Buffer.alloc(4e6, 1);
        for (let i = 0; ; i++) { const fd = fs.openSync("x" + i, "w"); fs.unlinkSync("x" + i); fs.writeSync(fd, chunk);
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); }'`,
      { workspace },
    );
    expect(limit).toContain('execution.limits.diskMb');
    expect(statfsSync(workspace).bsize).toBe(before.bsize);
  });

  it.skipIf(!grouped.processes || !grouped.cpu)(
    `is in its cgroups with all that it starts, and they are gone after it${why('processes')}`,
    async () => {
      const quick = boxesWith(bwrap, { limits: { ...LIMITS, cpus: 0.5 } });
      const mark = `${600 + Math.random()}`;
      const run = await quick.start(`setsid sleep ${mark} & sleep ${mark}`);
      await until(() => processesWith(`sleep ${mark}`).length >= 3);
      const sleeps = processesWith(`sleep ${mark}`);
      const groups = [...new Set(sleeps.flatMap((pid) => groupsOf(pid)))];
      expect(groups.length).toBeGreaterThan(0);
      expect(groups.flatMap((folder) => quotasIn(folder))).toEqual([expect.stringMatching(/^50000\b/)]);
      run.kill(0);
      await run.ended;
      await until(() => !groups.some((folder) => existsSync(folder)));
    },
  );

  it('leaves no core, and no more open files than it may have', async () => {
    const workspace = aFolder('workspace');
    const { output } = await boxes.run('ulimit -c; ulimit -n; kill -SEGV $$', { workspace });
    expect(output).toBe('0\n4096\n');
    expect(readdirSync(workspace)).toEqual([]);
  });

  it('is not told of a limit that it did not meet', async () => {
    expect((await boxes.run('exit 3')).limit).toBe(null);
    expect((await boxes.run('head -c 1000000 /dev/zero > /tmp/x; head -c 1000000 /dev/zero > x')).limit).toBe(
      null,
    );
  });
});
