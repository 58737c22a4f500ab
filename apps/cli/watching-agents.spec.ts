import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RuntimeInterface, TaskUpdateEvent } from '#contract';
import { aTaskState, anUpdate, cli, cliIn, output, scripted } from './fake-cli.contract.js';
import { plainLog } from './plain-log.js';

async function* say(...updates: readonly TaskUpdateEvent[]) {
  yield* updates;
}

const modelStep = (version: number, ...content: readonly object[]): TaskUpdateEvent =>
  anUpdate(version, {
    type: 'StepRecorded',
    data: { key: 'model:1', kind: 'model', result: { messages: [{ role: 'assistant', content }] } },
  } as Partial<TaskUpdateEvent>);

const watched = (...updates: readonly TaskUpdateEvent[]) =>
  scripted({ streamTaskUpdates: () => say(...updates), getTaskState: async () => aTaskState() });

describe('whoever watches an agent', () => {
  it('is told its plan and the tools it uses, beside its text and not in it', async () => {
    const call = cli(
      ['watch', aTaskState().id],
      watched(
        anUpdate(1, { type: 'PlanRecorded', data: { steps: ['Look', 'Answer'] } }),
        output(2, 'I look.', 'text'),
        modelStep(
          3,
          { type: 'text', text: 'I look.' },
          { type: 'tool-call', toolName: 'read-file', input: { path: 'a\u001b[2J.js' } },
          { type: 'tool-call', toolName: 'edit-file', input: { replace: 'x'.repeat(1000) } },
        ),
        anUpdate(4, { type: 'StepRecorded', data: { key: 'tool:1.1', kind: 'read-file', result: 'secret' } }),
      ),
    );
    expect(await call.exitCode).toBe(0);
    expect(call.stdout()).toBe('I look.');
    const [plan, read, edit] = call.stderr().match(/^(plan:|→).*$/gm) ?? [];
    expect(plan).toBe('plan: Look; Answer');
    expect(read).toBe(String.raw`→ read-file {"path":"a\u001b[2J.js"}`);
    expect(edit?.length).toBe(160);
    expect(call.stderr()).not.toContain('secret');
  });

  it('is spared what makes no sense', async () => {
    const odd = [{ type: 'PlanRecorded' }, { type: 'StepRecorded', data: { kind: 'model', result: 'x' } }];
    const updates = odd.map((each, index) => anUpdate(index + 1, each as Partial<TaskUpdateEvent>));
    expect(await cli(['watch', aTaskState().id], watched(...updates)).exitCode).toBe(0);
  });

  it('is told nothing but the result with --quiet', async () => {
    const step = modelStep(1, { type: 'tool-call', toolName: 'read-file', input: {} });
    const call = cli(['watch', aTaskState().id, '--quiet'], watched(step));
    expect(await call.exitCode).toBe(0);
    expect(call.stderr()).toBe('');
  });
});

describe('whoever watches a task that no worker takes', () => {
  afterEach(() => void vi.useRealTimers());

  it('is told once what it waits for', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const taken = new EventEmitter();
    const subscribed = new EventEmitter();
    const waitingFor = 'a worker that runs code-reviewer: none that is connected does';
    const asked = vi.fn<RuntimeInterface['getTaskState']>(async () =>
      aTaskState({ status: 'pending', queue: { position: 1, waitingFor } }),
    );
    const runtime = scripted({
      async *streamTaskUpdates() {
        yield anUpdate(1, { status: 'pending', type: 'TaskSubmitted' });
        const wait = once(taken, 'taken');
        subscribed.emit('waits');
        await wait;
      },
      getTaskState: asked,
    });
    const waits = once(subscribed, 'waits');
    const call = cli(['watch', aTaskState().id], runtime);
    await waits;
    await vi.advanceTimersByTimeAsync(3_000);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(asked).toHaveBeenCalledTimes(3); // the first, whether there is such a task
    taken.emit('taken');
    await call.exitCode;
    expect(call.stderr().split(`pending: waits for ${waitingFor}\n`)).toHaveLength(2);
  });
});

describe('the log of a runtime in this process', () => {
  it('is words to people: what they are to know, on one line, and no more', () => {
    const said: string[] = [];
    const log = plainLog({ note: async (text) => void said.push(text) });
    log.write('{"level":40,"time":"2026-11-25T10:27:48.208Z","msg":"no sandbox:\\n\\u001b[2J"}\n');
    log.write('{"level":50,"msg":"it broke","error":"why"}\n');
    log.write('{"level":30,"msg":"it began"}\n');
    expect(said).toEqual(['warning: no sandbox: ␛[2J', 'error: it broke (why)']);
  });

  it('is said so by `run`, which needs no server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cc-run-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, '.coderClaw'));
    writeFileSync(join(folder, '.coderClaw', 'runtime.yaml'), 'execution: { bwrap: /nowhere/bwrap }\n');
    const { exitCode, stdout, stderr } = await cliIn(folder).run(['run', 'hi', '--agent', 'echo']);
    expect([exitCode, stdout]).toEqual([0, 'hi']);
    expect(stderr).toMatch(/^warning: tasks run without a sandbox, with all your rights: .*$/m);
    expect(stderr).not.toContain('{');
  }, 60_000);
});
