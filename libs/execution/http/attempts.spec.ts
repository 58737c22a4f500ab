import { describe, expect, it } from 'vitest';
import type { Grant } from '#contract';
import { recordOf } from '../model/model-in-test.contract.js';
import { until } from '../scripted-control-plane.contract.js';
import type { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { NDJSON, answers, answersLines, lost, startHttpWorker, taskIn } from './http-in-test.contract.js';
import type { Answering, Script } from './http-in-test.contract.js';

const cut =
  (type: string, piece: string) =>
  async ({ send, response }: Answering) => {
    await send(type, piece);
    response.destroy();
  };

const again = (plane: ScriptedControlPlane, task: Grant): Partial<Grant> => {
  plane.onRecord.set(task.taskId, recordOf(plane, task));
  return { taskId: task.taskId, attempt: 2, epoch: task.epoch + 2, steps: 1 };
};

describe('an attempt of an agent over HTTP', () => {
  it.each<[string, Script]>([
    ['text', cut('text/plain', 'one')],
    ['JSON', cut('application/json', '{"output":"x"}')],
    ['lines', cut(NDJSON, '{"type":"output","text":"one"}\n')],
    ['lines without a last one', answersLines({ type: 'output', text: 'one' })],
    ['lines in the middle of one', answers(NDJSON, '{"type":"output","text":"one"}\n{"type":"comp')],
  ])('is lost, and not ended, when its answer is cut off: %s', async (_, script) => {
    const { plane, grant, posts } = await startHttpWorker(script);
    const task = grant('do it');
    await lost(plane, posts);
    const types = plane.of(task).map(({ type }) => type);
    expect(types).not.toContain('Failed');
    expect(types).not.toContain('Completed');
    expect(types).not.toContain('Step');
  });

  it('is over for the agent when its connection is closed', async () => {
    const { plane, grant, posts, closed } = await startHttpWorker(({ lines }) =>
      lines({ type: 'output', text: 'begun' }),
    );
    const task = grant('do it');
    await until(() => plane.output(task) === 'begun');
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await closed[0];
    await lost(plane, posts);
    expect(plane.of(task).map(({ type }) => type)).toEqual(['Started', 'Output']);
  });

  it('is over for an agent that has not answered yet, too', async () => {
    const { plane, grant, posts, closed } = await startHttpWorker(() => {});
    const task = grant('do it');
    await until(() => posts.length === 1);
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await closed[0];
    await lost(plane, posts);
    expect(plane.of(task).map(({ type }) => type)).toEqual(['Started']);
  });
});

describe('a later attempt of an agent over HTTP', () => {
  it('takes an answer that is on record, and does not ask again', async () => {
    const { plane, grant, posts } = await startHttpWorker(answers('text/plain', 'one ', 'two'));
    const first = grant('do it');
    await plane.end(first);
    const { last, output } = await plane.end(grant('do it', again(plane, first)));
    expect([last.data, output]).toEqual([{ output: 'one two' }, '']);
    expect(posts).toHaveLength(1);
  });

  it('repeats nothing that readers have of one that was cut off', async () => {
    const { plane, grant, posts } = await startHttpWorker(async ({ posted, send, response }) => {
      await send('text/plain', 'one ');
      if (taskIn(posted)['attempt'] === 1) return void response.destroy();
      await send('text/plain', 'two');
      response.end();
    });
    const first = grant('do it');
    await lost(plane, posts);
    const { last, output } = await plane.end(grant('do it', again(plane, first)));
    expect(plane.output(first) + output).toBe('one two');
    expect(last.data).toEqual({ output: 'one two' });
    expect(posts.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `${first.taskId}:1`,
      `${first.taskId}:2`,
    ]);
  });
});
