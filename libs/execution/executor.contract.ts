import { describe, expect, it } from 'vitest';
import type { Grant } from '#contract';
import type { ScriptedControlPlane } from './scripted-control-plane.contract.js';
import { until } from './scripted-control-plane.contract.js';

/** An executor in a worker, and inputs by which it does what the suite asks of it. */
export type ExecutorInTest = Readonly<{
  plane: ScriptedControlPlane;
  grant: (input: string, more?: Partial<Grant>) => Grant;
  /** An input that completes with that output. */
  completing: Readonly<{ input: string; output: string }>;
  /** An input that fails, and what the error says; nothing for an executor that cannot fail. */
  failing?: Readonly<{ input: string; error: RegExp }>;
  /** An input that puts out pieces one after the other: all of them together. */
  streaming?: Readonly<{ input: string; whole: string }>;
  /** An input that never ends by itself, and how to see that it runs. */
  endless?: Readonly<{ input: string; runs: (grant: Grant) => unknown }>;
}>;

/** A test, where it applies; where not there is none, rather than one that is skipped. */
const itIf = (applies: boolean) => (applies ? it : () => undefined);

const FREE = 10;
const isEnd = (type: string) =>
  ['Completed', 'Failed', 'NeedInput', 'NeedApproval', 'Released'].includes(type);

/** What an executor may be unable to do: one that answers at once cannot fail, stream, or run for ever. */
type Ability = 'failing' | 'streaming' | 'endless';

/** What every executor promises. A new one is done when this passes. */
export function executorContract(
  name: string,
  open: () => Promise<ExecutorInTest>,
  abilities: readonly Ability[] = ['failing', 'streaming', 'endless'],
): void {
  const able = async <Which extends Ability>(which: Which) => {
    const tested = await open();
    const input = tested[which];
    if (!input) throw new Error(`${name} has no input for ${which}`);
    return { ...tested, [which]: input } as ExecutorInTest & Required<Pick<ExecutorInTest, Which>>;
  };

  describe(`${name}, as an executor`, () => {
    it('starts, completes with its output, and says nothing after the end', async () => {
      const { plane, grant, completing } = await open();
      const task = grant(completing.input);
      const { types, last } = await plane.end(task);
      expect(last).toEqual({ type: 'Completed', data: { output: completing.output } });
      expect(types).toContain('Started');
      await until(() => plane.beats.at(-1)?.free === FREE);
      const reported = plane.of(task).map(({ type }) => type);
      expect(reported.filter(isEnd)).toEqual(['Completed']);
      expect(reported.at(-1)).toBe('Completed');
    });

    it('runs several tasks at once without mixing them up', async () => {
      const { plane, grant, completing } = await open();
      const tasks = [1, 2, 3].map(() => grant(completing.input));
      const ends = await Promise.all(tasks.map((task) => plane.end(task)));
      expect(ends.map(({ last }) => last.data)).toEqual(tasks.map(() => ({ output: completing.output })));
    });

    itIf(abilities.includes('failing'))('fails with a reason, once', async () => {
      const { plane, grant, failing } = await able('failing');
      const task = grant(failing.input);
      const { last } = await plane.end(task);
      expect(last).toMatchObject({ type: 'Failed', data: { error: expect.stringMatching(failing.error) } });
      await until(() => plane.beats.at(-1)?.free === FREE);
      expect(plane.of(task).filter(({ type }) => isEnd(type))).toHaveLength(1);
    });

    itIf(abilities.includes('streaming'))('streams what it puts out in order, before its end', async () => {
      const { plane, grant, streaming } = await able('streaming');
      const task = grant(streaming.input);
      const { output, types } = await plane.end(task);
      expect(output).toBe(streaming.whole);
      expect(types.lastIndexOf('Output')).toBeLessThan(types.length - 1);
    });

    itIf(abilities.includes('endless'))(
      'settles within a second when its attempt is over, and says no more',
      async () => {
        const { plane, grant, endless } = await able('endless');
        const task = grant(endless.input);
        await until(() => endless.runs(task) && plane.beats.at(-1)?.free === FREE - 1);
        plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
        await until(() => plane.beats.at(-1)?.free === FREE, 1_000);
        expect(plane.of(task).filter(({ type }) => isEnd(type))).toEqual([]);
      },
    );

    itIf(abilities.includes('endless'))(
      'fails within a second when its time is over, and says so',
      async () => {
        const { plane, grant, endless } = await able('endless');
        const task = grant(endless.input, { timeoutMs: 1_000 });
        const startedMs = performance.now();
        const { last } = await plane.end(task);
        expect(last).toMatchObject({ type: 'Failed', data: { error: 'timed out after 1000 ms' } });
        expect(performance.now() - startedMs).toBeLessThan(2_000);
      },
    );
  });
}
