import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Grant } from '#contract';
import { supervisorEntry } from './supervisor/entry.js';
import type { ScriptedControlPlane } from './scripted-control-plane.contract.js';
import { until } from './scripted-control-plane.contract.js';
import { startWorkerProcess as startWorker } from './worker-process.contract.js';

/** Runs a command that detaches a daemon and writes down both pids. */
async function runTree(
  plane: ScriptedControlPlane,
  workspace: string,
): Promise<{ grant: Grant; pids: number[] }> {
  const command = `setsid sh -c 'echo $$ > daemon.pid; sleep 300' & echo $$ > shell.pid; echo up; while :; do sleep 1; done`;
  const grant = plane.grant(command);
  const pidIn = (name: string) =>
    until(() => existsSync(join(workspace, name)) && Number(readFileSync(join(workspace, name), 'utf8')));
  return { grant, pids: [await pidIn('daemon.pid'), await pidIn('shell.pid')] };
}

it('ends when the worker was gone before it could listen', async () => {
  const entry = await supervisorEntry();
  const supervisor = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  onTestFinished(() => void supervisor.kill('SIGKILL'));
  const exited = new Promise((resolve) => supervisor.once('exit', resolve));
  supervisor.disconnect();
  expect(await exited).toBe(0);
});

const alive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
const supervisorOf = (child: ChildProcess) =>
  readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
    .find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('supervisor'));

describe.runIf(process.platform === 'linux')('the supervisor', () => {
  it('kills what a worker has started when the worker is killed, and goes', async () => {
    const { plane, child, workspace } = await startWorker(45_000);
    const { pids } = await runTree(plane, workspace);
    const supervisor = supervisorOf(child) ?? 0;
    expect([...pids, supervisor].map((pid) => alive(pid))).toEqual([true, true, true]);
    child.kill('SIGKILL');
    await until(() => [...pids, supervisor].every((pid) => !alive(pid)), 1_000);
  });

  it('kills what a stopped worker has started when its lease ends; the late worker says nothing that counts', async () => {
    const { plane, child, workspace } = await startWorker(1_000);
    const { grant, pids } = await runTree(plane, workspace);
    await until(() => plane.beats.at(-1)?.held.length === 1);
    child.kill('SIGSTOP');
    const stoppedAt = performance.now();
    await until(() => pids.every((pid) => !alive(pid)), 2_000);
    expect(performance.now() - stoppedAt).toBeLessThan(1_500);
    plane.answerReport = () => ({ result: 'fenced' });
    const beats = plane.beats.length;
    child.kill('SIGCONT');
    await until(() => plane.beats.length > beats && plane.beats.at(-1)?.free === 10);
    expect(plane.of(grant).some(({ type }) => type === 'Completed' || type === 'Failed')).toBe(false);
    const again = { ...grant, input: 'echo again', epoch: grant.epoch + 2 };
    plane.answerReport = (report) => plane.accept(report);
    plane.send({ type: 'grant', grant: again });
    expect((await plane.end(again)).last).toEqual({ type: 'Completed', data: { output: 'again\n' } });
  });

  it('is started again when somebody killed it, and the worker cleans up after it and loses the attempt', async () => {
    const { plane, child, workspace } = await startWorker(45_000);
    const { grant, pids } = await runTree(plane, workspace);
    process.kill(supervisorOf(child) ?? 0, 'SIGKILL');
    await until(() => pids.every((pid) => !alive(pid)), 2_000);
    await until(() => plane.beats.at(-1)?.free === 10);
    expect(plane.of(grant).some(({ type }) => type === 'Completed' || type === 'Failed')).toBe(false);
    const next = plane.grant('echo next');
    expect((await plane.end(next)).last).toEqual({ type: 'Completed', data: { output: 'next\n' } });
  });
});
