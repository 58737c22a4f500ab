import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ASKED_AGAIN } from '../steps/resumed-text.js';
import { aGrant, until } from '../scripted-control-plane.contract.js';
import { startAcpWorker } from './acp-in-test.contract.js';

describe('an agent that speaks ACP', () => {
  it('is told the task, and what it says is the output: its thoughts are not, nor what nobody knows', async () => {
    const { run } = await startAcpWorker();
    const { output, last } = await run(['prompt'], ['think', 'secretly'], ['unknown'], ['say', 'done']);
    expect(output).toBe('Task: a test\n\ndone');
    expect(last).toEqual({ type: 'Completed', data: { output } });
  });

  it('tells its plan once, and then how far it is and what it does', async () => {
    const { plane, run } = await startAcpWorker();
    const { task } = await run(
      ['plan', ['look', 'in_progress'], ['mend', 'pending']],
      ['tool', { toolCallId: '1', title: 'Reading a.ts', kind: 'read' }],
      ['plan', ['look', 'completed'], ['mend', 'in_progress']],
      ['say', 'x'],
    );
    const told = plane.of(task).filter(({ type }) => type === 'Plan' || type === 'Progress');
    expect(told.map(({ data }) => data)).toEqual([
      { steps: ['look', 'mend'] },
      { progress: 0, message: 'Reading a.ts' },
      { progress: 50, message: 'mend' },
    ]);
  });

  it('has a line between what it says before a tool and after it', async () => {
    const { run } = await startAcpWorker();
    const tool = { toolCallId: '1', title: 'x' };
    const { output } = await run(['tool', tool], ['say', 'one'], ['tool', tool], ['say', 'two']);
    expect(output).toBe('one\n\ntwo');
  });

  it.each([
    ['max_tokens', /limit of tokens/],
    ['max_turn_requests', /as often as it may/],
    ['refusal', /refuses/],
    ['cancelled', /did not do/],
    ['of_the_future', /does not know: of_the_future/],
  ])('that stops for %s fails the task, which keeps what it said', async (reason, error) => {
    const { run } = await startAcpWorker();
    const { last } = await run(['say', 'so far'], ['stop', reason]);
    expect(last).toMatchObject({
      type: 'Failed',
      data: { error: expect.stringMatching(error), output: 'so far' },
    });
  });

  it('has its turn as one step, which is not had again when it is on record', async () => {
    const { plane, run, workspace } = await startAcpWorker();
    const { task } = await run(['say', 'done'], ['pid', join(workspace, 'first')]);
    const step = plane.of(task).find((fact) => fact.type === 'Step');
    expect(step?.data).toEqual({
      key: 'acp:turn',
      kind: 'acp',
      result: { stopReason: 'end_turn', text: 'done' },
    });
    const again = aGrant('["never"]', { agentId: 'scripted', attempt: 2 });
    plane.onRecord.set(again.taskId, [{ type: 'step', version: 3, ...step?.data } as never]);
    plane.send({ type: 'grant', grant: again });
    expect((await plane.end(again)).last).toEqual({ type: 'Completed', data: { output: 'done' } });
  });

  it('has its turn again where the files that it changed were in the folder of another attempt', async () => {
    const { plane, grant } = await startAcpWorker({ ownFolders: true });
    const { input } = grant([['say', 'again']]);
    const second = aGrant(input, { agentId: 'scripted', attempt: 2 });
    const result = { stopReason: 'end_turn', text: 'first' };
    plane.onRecord.set(second.taskId, [{ type: 'step', version: 3, key: 'acp:turn', kind: 'acp', result }]);
    plane.send({ type: 'grant', grant: second });
    expect((await plane.end(second)).last).toMatchObject({ data: { output: 'again' } });
    expect(plane.of(second)).toContainEqual({
      type: 'Step',
      data: expect.objectContaining({ key: 'acp:turn:2' }) as never,
    });
  });

  it.each([
    ['goes on where it was cut off', 'one t', 'wo'],
    ['says so where it differs, and begins anew', 'one three', `${ASKED_AGAIN}one two`],
  ])('that begins anew %s', async (_what, before, after) => {
    const { plane } = await startAcpWorker();
    const second = aGrant('[["say", "one "], ["say", "two"]]', { agentId: 'scripted', attempt: 2 });
    plane.onRecord.set(second.taskId, [{ type: 'output', version: 3, text: before }]);
    plane.send({ type: 'grant', grant: second });
    const { output, last } = await plane.end(second);
    expect(output).toBe(after);
    expect(last).toMatchObject({ data: { output: 'one two' } });
  });

  it('loses nothing of two megabytes, in order, and keeps the last 256 KiB', async () => {
    const { run } = await startAcpWorker();
    const pieces = Array.from({ length: 200 }, (_, i) => `${i}:`.padEnd(10_000, '.'));
    const { output, last } = await run(...pieces.map((piece) => ['say', piece] as const));
    expect(output === pieces.join('')).toBe(true);
    expect(last).toEqual({ type: 'Completed', data: { output: output.slice(-256 * 1024) } });
  });

  it('is told that it is cancelled, then killed, and says no more', async () => {
    const { plane, grant, workspace } = await startAcpWorker();
    const [told, pid] = [join(workspace, 'told'), join(workspace, 'pid')];
    const task = grant([['pid', pid], ['say', 'up'], ['hang', told], ['say', 'too late'], ['deaf']]);
    await until(() => plane.output(task).includes('up'));
    plane.send({ type: 'stop', taskId: task.taskId, epoch: task.epoch, reason: 'cancelled' });
    await until(() => existsSync(told), 1_000);
    await until(() => !existsSync(`/proc/${readFileSync(pid, 'utf8')}`), 1_000);
    expect(plane.output(task)).toBe('up');
  });
});
