import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';
import { Processes } from './sandbox/processes.js';
import { ShellExecutor } from './shell.js';
import { Worker } from './worker.js';

const plane = new ScriptedControlPlane();
const workspace = mkdtempSync(join(tmpdir(), 'shell-spec-'));
const fast = { bytesPerSecond: 1e9, burstBytes: 1e9 };
const processes = new Processes({ sandbox: 'none' });
const refusing = new Processes({ bwrap: '/nowhere/bwrap' });
const worker = new Worker({
  controlPlane: plane,
  workerId: 'w',
  executors: new Map([
    ['shell', new ShellExecutor({ processes, rate: fast })],
    ['slow', new ShellExecutor({ processes, rate: { bytesPerSecond: 100_000, burstBytes: 50_000 } })],
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

describe('the shell agent', () => {
  it('runs the input as a command and keeps what it prints', async () => {
    const { types, last } = await plane.end(plane.grant(`node -e 'console.log(6*7)'`));
    expect(types).toEqual(['Started', 'Output', 'Completed']);
    expect(last).toEqual({ type: 'Completed', data: { output: '42\n' } });
  });

  it('fails with the exit code, and keeps the output', async () => {
    const { last } = await plane.end(plane.grant('echo before; exit 3'));
    expect(last).toEqual({ type: 'Failed', data: { error: 'exited with code 3', output: 'before\n' } });
  });

  it('names the signal a command died of', async () => {
    const { last } = await plane.end(plane.grant('echo x; kill -9 $$'));
    expect(last).toEqual({ type: 'Failed', data: { error: 'killed by SIGKILL', output: 'x\n' } });
  });

  it('tells stdout from stderr and keeps their order', async () => {
    const grant = plane.grant('echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three');
    const { output } = await plane.end(grant);
    expect(output).toBe('one\ntwo\nthree\n');
    const channels = plane.of(grant).flatMap((fact) => (fact.type === 'Output' ? [fact.data.channel] : []));
    expect(channels.filter((channel, i) => channel !== channels[i - 1])).toEqual([
      'stdout',
      'stderr',
      'stdout',
    ]);
  });

  it('runs in the workspace, without the secrets of the worker, and knows its task', async () => {
    process.env['A_SECRET'] = 'hunter2';
    const grant = plane.grant('pwd; env');
    const { output } = await plane.end(grant);
    delete process.env['A_SECRET'];
    expect(output).toContain(`${workspace}\n`);
    expect(output).toContain(`CODERCLAW_TASK_ID=${grant.taskId}\n`);
    expect(output).not.toContain('hunter2');
  });

  it('loses nothing of five megabytes, and keeps the last 256 KiB as the output', async () => {
    const grant = plane.grant(
      `node -e 'for (let i = 0; i < 500000; i++) process.stdout.write(String(i).padStart(9, "0") + "\\n")'`,
    );
    const { output, last } = await plane.end(grant);
    const expected = Array.from({ length: 500_000 }, (_, i) => `${String(i).padStart(9, '0')}\n`).join('');
    expect(output === expected).toBe(true);
    expect(last.data).toEqual({ output: expected.slice(-256 * 1024) });
    const mine = plane.reports.filter(({ taskId }) => taskId === grant.taskId);
    expect(Math.max(...mine.map(({ facts }) => facts.length))).toBeLessThanOrEqual(64);
    expect(mine.length).toBeLessThan(500_000 / 100);
  });

  it('lets a command wait while the control plane does not take what it prints', async () => {
    const release = new AbortController();
    const held = once(release.signal, 'abort');
    const grant = plane.grant('yes | head -c 5000000; touch all-printed');
    plane.answerReport = async (report) => {
      if (report.taskId === grant.taskId && report.seq > 1) await held;
      return plane.accept(report);
    };
    await until(() => plane.reports.some(({ taskId, seq }) => taskId === grant.taskId && seq > 1));
    await plane.end(plane.grant('yes | head -c 20000000 | wc -c')); // four times as much, meanwhile
    expect(existsSync(join(workspace, 'all-printed'))).toBe(false);
    release.abort();
    expect((await plane.end(grant)).output).toHaveLength(5_000_000);
  });

  it('blocks a command that prints faster than it may', async () => {
    const before = performance.now();
    const { output } = await plane.end(
      plane.grant('head -c 150000 /dev/zero | tr "\\0" x', { agentId: 'slow' }),
    );
    expect(output).toHaveLength(150_000);
    expect(performance.now() - before).toBeGreaterThan(900); // 100,000 bytes beyond the burst, at 100,000 a second
  });

  it('puts characters together that were split between writes, and replaces what is no text', async () => {
    const { output } = await plane.end(
      plane.grant(`printf '\\342'; sleep 0.05; printf '\\202\\254 \\000 \\377'`),
    );
    expect(output).toBe('€ \uFFFD \uFFFD');
  });

  it('fails a command that runs too long, and says how long that was', async () => {
    const { last } = await plane.end(plane.grant('echo started; sleep 60', { timeoutMs: 300 }));
    expect(last).toEqual({ type: 'Failed', data: { error: 'timed out after 300 ms', output: 'started\n' } });
  });

  it('runs a command that is too long for an argument', async () => {
    const { last } = await plane.end(plane.grant(`echo ${'x'.repeat(200_000)} | wc -c`));
    expect(last).toEqual({ type: 'Completed', data: { output: '200001\n' } });
  });

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

  it('outruns a command that keeps forking', async () => {
    const grant = plane.grant(
      'f() { setsid sh -c "echo . >> forks; sleep 300" & }; while :; do f; sleep 0.01; done',
    );
    await until(
      () => existsSync(join(workspace, 'forks')) && readFileSync(join(workspace, 'forks')).length > 20,
    );
    plane.send({ type: 'stop', taskId: grant.taskId, epoch: grant.epoch, reason: 'cancelled' });
    await until(() => plane.beats.at(-1)?.free === 10, 2_000);
    const forks = readFileSync(join(workspace, 'forks')).length;
    const later = await plane.end(plane.grant('sleep 0.3; wc -c < forks'));
    expect(Number(later.output)).toBe(forks);
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
