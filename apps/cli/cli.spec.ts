import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { RuntimeInterface, TaskUpdateEvent } from '#contract';
import { TASK_ID, aTaskState, anUpdate, cli, output, scripted } from './fake-cli.contract.js';

async function* say(...updates: readonly TaskUpdateEvent[]) {
  yield* updates;
}

const runs = (state: Partial<ReturnType<typeof aTaskState>>, ...updates: readonly TaskUpdateEvent[]) =>
  scripted({
    submitTask: async () => aTaskState({ status: 'pending' }),
    streamTaskUpdates: () => say(...updates),
    getTaskState: async () => aTaskState(state),
  });

describe('run', () => {
  it('gives the task’s output and success as its own, and nothing else on stdout', async () => {
    const call = cli(['run', 'x'], runs({}, anUpdate(1), output(2, '42\n'), output(3, 'hm\n', 'stderr')));
    expect(await call.exitCode).toBe(0);
    expect(call.stdout()).toBe('42\n');
    expect(call.stderr()).toContain('hm\n');
    expect(call.stderr()).toContain('completed in 1.5 s');
  });

  it('exits 1 when the task failed, its output kept', async () => {
    const call = cli(
      ['run', 'x', '--quiet'],
      runs({ status: 'failed', error: 'exit code 3' }, output(2, 'so far\n')),
    );
    expect(await call.exitCode).toBe(1);
    expect([call.stdout(), call.stderr()]).toEqual(['so far\n', 'failed after 1.5 s: exit code 3\n']);
  });

  it('prints the final state last with --json', async () => {
    const call = cli(['run', 'x', '--json'], runs({}, output(2, '42\n')));
    expect(await call.exitCode).toBe(0);
    const lines = call
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([output(2, '42\n'), aTaskState()]);
    expect(call.stderr()).toBe('');
  });
});

describe('a command line', () => {
  it.each([
    [['run', 'x', '--prioritty', '3']],
    [['run']],
    [['run', 'x', '--priority', '11']],
    [['nonsense']],
    [['list', '--status', 'sleeping']],
  ])('that is wrong (%j) exits 2 and says where to read', async (argv) => {
    const call = cli(argv, scripted({}));
    expect(await call.exitCode).toBe(2);
    expect(call.stderr()).toMatch(/^error: .*\n(.*\n)* {2}next: see `coderclaw/);
  });

  it('that names a task nobody has exits 4', async () => {
    const call = cli(['get', TASK_ID], scripted({ getTaskState: async () => null }));
    expect(await call.exitCode).toBe(4);
  });

  it('that asks for help gets it, with examples', async () => {
    const call = cli(['run', '--help'], scripted({}));
    expect(await call.exitCode).toBe(0);
    expect(call.stdout()).toContain('Examples:\n  coderclaw run "npm test"');
  });

  it('shows of tasks that wait what they ask, until when, and how it is answered', async () => {
    const waiting = { kind: 'approval', prompt: 'Run it?', expiresAt: '2026-01-02T03:04:05.000Z' } as const;
    const task = aTaskState({ status: 'waiting', waiting });
    const runtime = scripted({ listTasks: async () => ({ tasks: [task] }), getTaskState: async () => task });
    const list = cli(['list', '--status', 'waiting'], runtime);
    expect(await list.exitCode).toBe(0);
    expect(list.stdout()).toMatch(/approval +Run it\? +2026-01-02 03:04:05Z/);
    expect(list.stderr()).toContain('coderclaw approve');
    const get = cli(['get', task.id], runtime);
    expect(await get.exitCode).toBe(0);
    expect(get.stderr()).toContain(`coderclaw approve ${task.id}`);
  });

  it('may list what others wrote without obeying it', async () => {
    const tasks = [aTaskState({ description: 'evil \u001B[2J' })];
    const call = cli(['list'], scripted({ listTasks: async () => ({ tasks }) }));
    expect(await call.exitCode).toBe(0);
    expect(call.stdout()).toContain('evil ␛[2J');
  });
});

/** A task that goes on until it is cancelled or left. */
function endless(): { runtime: RuntimeInterface; cancelled: () => number } {
  const over = new AbortController();
  let cancels = 0;
  async function* forever(signal: AbortSignal) {
    yield output(1, 'tick\n');
    await once(AbortSignal.any([signal, over.signal]), 'abort');
  }
  const runtime = scripted({
    submitTask: async () => aTaskState({ status: 'pending' }),
    streamTaskUpdates: (_id, options) => forever(options?.signal ?? over.signal),
    getTaskState: async () => aTaskState({ status: over.signal.aborted ? 'cancelled' : 'running' }),
    cancelTask: async () => {
      cancels += 1;
      over.abort();
      return true;
    },
  });
  return { runtime, cancelled: () => cancels };
}

const CASES = [
  {
    name: 'd detaches',
    tty: true,
    inProcess: false,
    keys: 'd',
    cancels: 0,
    says: 'Watch it again: coderclaw watch',
  },
  { name: 'c cancels', tty: true, inProcess: false, keys: 'c', cancels: 1, says: 'cancelled after' },
  {
    name: 'a second Ctrl-C detaches from a server',
    tty: true,
    inProcess: false,
    keys: '\u0003',
    cancels: 0,
    says: 'Watch it again',
  },
  {
    name: 'a second Ctrl-C cancels what runs here',
    tty: true,
    inProcess: true,
    keys: '\u0003',
    cancels: 1,
    says: 'runs in this process',
  },
  {
    name: 'without a terminal it detaches from a server',
    tty: false,
    inProcess: false,
    keys: '',
    cancels: 0,
    says: 'Watch it again',
  },
  {
    name: 'without a terminal it cancels what runs here',
    tty: false,
    inProcess: true,
    keys: '',
    cancels: 1,
    says: 'runs in this process',
  },
] as const;

describe('Ctrl-C while watching', () => {
  it.each(CASES)('$name, and exits 130', async ({ tty, inProcess, keys, cancels, says }) => {
    const { runtime, cancelled } = endless();
    const call = cli(['run', 'x'], runtime, { tty, inProcess, served: !inProcess });
    await expect.poll(call.stdout).toBe('tick\n');
    call.interrupt();
    await vi.waitUntil(() => !tty || call.stderr().includes('[d] detach'));
    if (keys) call.stdin.write(keys);
    expect(await call.exitCode).toBe(130);
    expect([cancelled(), call.stderr()]).toEqual([cancels, expect.stringContaining(says)]);
  });
});
