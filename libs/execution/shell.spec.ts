import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';
import { Processes } from './sandbox/processes.js';
import { shellContract } from './shell.contract.js';
import { ShellExecutor } from './shell.js';
import { Worker } from './worker.js';

const plane = new ScriptedControlPlane();
const workspace = mkdtempSync(join(tmpdir(), 'shell-spec-'));
const processes = new Processes({ sandbox: 'none' });
const refusing = new Processes({ bwrap: '/nowhere/bwrap' });
const worker = new Worker({
  controlPlane: plane,
  workerId: 'w',
  executors: new Map([
    ['shell', new ShellExecutor({ processes })],
    ['forbidden', new ShellExecutor({ processes: refusing })],
  ]),
  workspace,
});

beforeAll(async () => {
  await worker.start();
  await plane.heard();
});
afterAll(async () => {
  await worker.stop({ drainMs: 0 });
  await Promise.all([processes.close(), refusing.close()]);
  rmSync(workspace, { recursive: true, force: true });
});

const alive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
const pidIn = (file: string) =>
  until(() => existsSync(join(workspace, file)) && Number(readFileSync(join(workspace, file), 'utf8')));

shellContract('the shell agent', { sandbox: 'none' });

describe('the shell agent without a sandbox', () => {
  it('fails where there is no working sandbox, and says what to install and how to do without', async () => {
    const { last } = await plane.end(plane.grant('echo hi', { agentId: 'forbidden' }));
    const { error } = last.data as { error: string };
    expect(last.type).toBe('Failed');
    expect(error).toContain(
      'this worker starts no processes, as it has no working sandbox (/nowhere/bwrap does not run',
    );
    expect(error).toContain('install bubblewrap 0.8 or newer');
    expect(error).toContain('`execution.sandbox: none`');
    expect(plane.skills.filter(({ taskId }) => taskId === plane.reports.at(-1)?.taskId)).toEqual([]);
  });

  it('kills what a command leaves behind when it ends', async () => {
    await plane.end(plane.grant('setsid sleep 300 & echo $! > left.pid; sleep 300 & exit 0'));
    expect(alive(await pidIn('left.pid'))).toBe(false);
  });

  it('is killed within a second when it is stopped, with all that detached from it', async () => {
    const grant = plane.grant(`
      trap '' TERM
      setsid sh -c 'trap "" TERM; echo $$ > setsid.pid; while :; do sleep 1; done' &
      nohup sleep 300 > /dev/null 2>&1 & echo $! > nohup.pid
      ( ( setsid env -u CODERCLAW_TASK_ID sh -c 'echo $$ > daemon.pid; exec sleep 300' & ) & )
      env -i setsid sh -c 'echo $$ > bare.pid; exec sleep 300' &
      echo $$ > shell.pid
      while :; do sleep 1; done`);
    const files = ['setsid.pid', 'nohup.pid', 'daemon.pid', 'bare.pid', 'shell.pid'];
    const pids = await Promise.all(files.map((file) => pidIn(file)));
    expect(pids.map((pid) => alive(pid))).toEqual([true, true, true, true, true]);
    plane.send({ type: 'stop', taskId: grant.taskId, epoch: grant.epoch, reason: 'cancelled' });
    await until(() => pids.every((pid) => !alive(pid)), 1_000);
    expect(plane.of(grant).map(({ type }) => type)).toEqual(['Started']);
  });

  it('fails where there is no workspace', async () => {
    const lost = new ScriptedControlPlane();
    const executors = new Map([['shell', new ShellExecutor({ processes })]]);
    const homeless = new Worker({ controlPlane: lost, workerId: 'x', executors, workspace: '/nowhere' });
    await homeless.start();
    await lost.heard();
    const { last } = await lost.end(lost.grant('true'));
    await homeless.stop();
    expect(last).toEqual({ type: 'Failed', data: { error: 'the workspace /nowhere does not exist' } });
  });
});
