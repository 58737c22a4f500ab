import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Grant } from '#contract';
import { until } from '../scripted-control-plane.contract.js';
import type { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { startWorkerProcess } from '../worker-process.contract.js';
import { bwrapForSpecs, skipped } from './box-in-test.contract.js';
import { processesWith } from './machine.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

/** Starts a task whose processes can be told by what they sleep, one of them detached and deaf to signals. */
async function start(plane: ScriptedControlPlane, options: Partial<Grant> = {}) {
  const mark = `${600 + Math.random()}`;
  const deaf = `setsid sh -c 'trap "" TERM; while :; do sleep ${mark}; done'`;
  const grant = plane.grant(`${deaf} & trap '' TERM; while :; do sleep ${mark}; done`, options);
  await until(() => processesWith(`sleep ${mark}`).length >= 3);
  const gone = () => processesWith(mark).length === 0;
  return { grant, gone };
}

const expectWithinASecond = (holds: () => boolean) => until(holds, 1_000);

/** Folders of cgroups that the worker's supervisor has made and not removed. */
const groupsOf = (supervisor: number): readonly string[] =>
  ['memory', 'pids', 'cpu', ''].flatMap((controller) =>
    namesBelow(`/sys/fs/cgroup/${controller}`).filter((name) => name.startsWith(`coderclaw-${supervisor}-`)),
  );
const namesBelow = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).map(({ name }) => name) : [];

const supervisorOf = (pid: number | undefined): number =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('supervisor')) ?? 0;

describe.skipIf(missing !== null)(`the box of a task${skipped(missing)}`, () => {
  it('is dead within a second of a stop', async () => {
    const { plane } = await startWorkerProcess(45_000, bwrap);
    const { grant, gone } = await start(plane);
    plane.send({ type: 'stop', taskId: grant.taskId, epoch: grant.epoch, reason: 'cancelled' });
    await expectWithinASecond(gone);
  });

  it('is dead within a second of a beat that says the task is another’s', async () => {
    const { plane } = await startWorkerProcess(45_000, bwrap);
    const { grant, gone } = await start(plane);
    plane.fenced = [grant.taskId];
    plane.send({ type: 'beat' });
    await expectWithinASecond(gone);
  });

  it('is dead within a second of its timeout, which is the reason', async () => {
    const { plane } = await startWorkerProcess(45_000, bwrap);
    const { grant, gone } = await start(plane, { timeoutMs: 1_500 });
    const { last } = await plane.end(grant);
    expect(last.data).toMatchObject({ error: 'timed out after 1500 ms' });
    await expectWithinASecond(gone);
  });

  it('is dead within a second of its worker’s end by kill -9, and its supervisor leaves no cgroup', async () => {
    const { plane, child } = await startWorkerProcess(45_000, bwrap);
    const { gone } = await start(plane);
    const supervisor = supervisorOf(child.pid);
    child.kill('SIGKILL');
    await expectWithinASecond(gone);
    await until(() => !existsSync(`/proc/${supervisor}`));
    expect(groupsOf(supervisor)).toEqual([]);
  });

  it('is dead within a second of its supervisor’s end by kill -9', async () => {
    const { plane, child } = await startWorkerProcess(45_000, bwrap);
    const { gone } = await start(plane);
    process.kill(supervisorOf(child.pid), 'SIGKILL');
    await expectWithinASecond(gone);
  });

  it('is dead when the lease of a stopped worker is over; what the worker says late does not count', async () => {
    const { plane, child } = await startWorkerProcess(1_000, bwrap);
    const { grant, gone } = await start(plane);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    child.kill('SIGSTOP');
    await until(gone, 2_000);
    plane.answerReport = () => ({ result: 'fenced' });
    child.kill('SIGCONT');
    await until(() => plane.beats.at(-1)?.free === 10);
    expect(plane.of(grant).some(({ type }) => type === 'Completed' || type === 'Failed')).toBe(false);
  });
});
