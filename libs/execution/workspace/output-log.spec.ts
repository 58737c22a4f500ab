import { describe, expect, it, onTestFinished } from 'vitest';
import { MeshError } from '#errors';
import { Processes } from '../sandbox/processes.js';
import { ShellExecutor } from '../shell.js';
import { aWorker, artifactsOf } from './workspaces-in-test.contract.js';

const LIMIT = 8 * 1024 * 1024;
/** In the product 8 MiB take two minutes. */
const FAST = { bytesPerSecond: 1e9, burstBytes: 1e9 };
/** More than the log takes at once, and then hours. */
const SLOW_AFTER_THE_LIMIT = { bytesPerSecond: 1, burstBytes: LIMIT + 1024 * 1024 };

function aPrinter(rate: object) {
  const processes = new Processes({ sandbox: 'none' });
  onTestFinished(() => processes.close());
  return aWorker({ executors: new Map([['shell', new ShellExecutor({ processes, rate })]]) });
}

/** Prints that many lines of 16 bytes, each with its number. */
const printing = (lines: number) => `seq -f '%015.0f' 1 ${lines}`;
const LINES = LIMIT / 16 + 100_000;
const THE_REST =
  /\ncoderclaw: more than 8388608 bytes of output: the rest will be in the artifact "task-output.log"\n/;

describe('what a task puts out past 8 MiB', () => {
  it('is kept as its artifact, is said in its stream, and no byte of it is lost', async () => {
    const { plane, run, left } = await aPrinter(FAST);
    const { last, output } = await run(`${printing(LINES)}; echo mine > "$CODERCLAW_ARTIFACTS/a.txt"`);
    const artifacts = artifactsOf(last);
    expect(artifacts.map(({ name }) => name)).toEqual(['a.txt', 'task-output.log']);
    const rest = plane.put.get(artifacts[1]?.digest ?? '')?.toString() ?? '';
    expect(artifacts[1]?.bytes).toBe(rest.length);
    expect(output).toMatch(THE_REST);
    const whole = (output.replace(THE_REST, '') + rest).trimEnd().split('\n');
    expect([whole.length, whole.findIndex((line, i) => Number(line) !== i + 1)]).toEqual([LINES, -1]);
    expect(output.length).toBeLessThan(LIMIT + 200);
    expect(last).toMatchObject({
      type: 'Completed',
      data: { output: expect.stringContaining(`${LINES}\n`) },
    });
    await expect.poll(left).toEqual([]);
  }, 60_000);

  it('takes the place of what the task left under that name, and is kept of one that fails', async () => {
    const { run } = await aPrinter(FAST);
    const { last } = await run(`echo x > "$CODERCLAW_ARTIFACTS/task-output.log"; ${printing(LINES)}; exit 3`);
    expect(artifactsOf(last)).toEqual([
      { name: 'task-output.log', digest: expect.stringContaining('sha256:'), bytes: expect.any(Number) },
    ]);
    expect(artifactsOf(last)[0]?.bytes).toBeGreaterThan(1_000_000);
  }, 60_000);

  it('costs no task its outcome where its tenant has no room for it, and that is told', async () => {
    const { plane, run } = await aPrinter(FAST);
    plane.answerPut = () => new MeshError('payload_too_large', 'this does not fit in');
    const { last, output } = await run(printing(LINES));
    expect([last.type, artifactsOf(last)]).toEqual(['Completed', []]);
    expect(output).toContain('not kept as an artifact: "task-output.log": this does not fit in');
  }, 60_000);

  it('need not be slow for the log', async () => {
    const { run } = await aPrinter(SLOW_AFTER_THE_LIMIT);
    const { last } = await run(printing(4 * LINES));
    expect(artifactsOf(last)[0]?.bytes).toBeGreaterThan(3 * LIMIT);
  }, 60_000);
});
