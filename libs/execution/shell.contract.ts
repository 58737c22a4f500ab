import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Processes } from './sandbox/processes.js';
import type { ProcessSettings } from './sandbox/processes.js';
import { ScriptedControlPlane, until } from './scripted-control-plane.contract.js';
import { ShellExecutor } from './shell.js';
import { Worker } from './worker.js';

const FAST = { bytesPerSecond: 1e9, burstBytes: 1e9 };
const SLOW = { bytesPerSecond: 100_000, burstBytes: 50_000 };

/** What a shell agent does, however its processes run. */
export function shellContract(name: string, settings: ProcessSettings, skip = false): void {
  describe.skipIf(skip)(`${name} runs commands and`, () => {
    const plane = new ScriptedControlPlane();
    const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'shell-spec-')));
    const processes = new Processes(settings);
    const executors = new Map([
      ['shell', new ShellExecutor({ processes, rate: FAST })],
      ['slow', new ShellExecutor({ processes, rate: SLOW })],
    ]);
    const worker = new Worker({ controlPlane: plane, workerId: 'w', executors, workspace });

    beforeAll(async () => {
      await worker.start();
      await plane.heard();
    });
    afterAll(async () => {
      await worker.stop({ drainMs: 0 });
      await processes.close();
      rmSync(workspace, { recursive: true, force: true });
    });

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

    it('keeps what a command leaves for it, in a folder beside the workspace', async () => {
      const grant = plane.grant('printf kept > "$CODERCLAW_ARTIFACTS/left.txt"; ls -A');
      const { last } = await plane.end(grant);
      const { artifacts = [], output } = last.data as { output: string; artifacts?: { digest: string }[] };
      expect(output).not.toContain('left.txt');
      expect(artifacts).toMatchObject([{ name: 'left.txt', bytes: 4 }]);
      expect(plane.put.get(artifacts[0]?.digest ?? '')?.toString()).toBe('kept');
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
      expect(last).toEqual({
        type: 'Failed',
        data: { error: 'timed out after 300 ms', output: 'started\n' },
      });
    });

    it('runs a command that is too long for an argument', async () => {
      const { last } = await plane.end(plane.grant(`echo ${'x'.repeat(200_000)} | wc -c`));
      expect(last).toEqual({ type: 'Completed', data: { output: '200001\n' } });
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
  });
}
