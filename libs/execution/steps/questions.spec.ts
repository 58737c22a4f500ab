import { describe, expect, it } from 'vitest';
import type { RecordEntry } from '#contract';
import { until } from '../scripted-control-plane.contract.js';
import { agentId, secondAttempt, working } from './steps-in-test.contract.js';

const asking = () => working(({ ask }) => ask('q', 'which?'));

describe('a question', () => {
  it('ends the attempt, which says no more and holds no slot', async () => {
    const plane = await asking();
    const grant = plane.grant('', { agentId });
    await until(() => plane.of(grant).some(({ type }) => type === 'NeedInput'));
    await until(() => plane.beats.at(-1)?.free === 10 && plane.beats.at(-1)?.held.length === 0);
    expect(plane.of(grant)).toEqual([
      { type: 'Started', data: {} },
      { type: 'NeedInput', data: { key: 'q', prompt: 'which?' } },
    ]);
  });

  it('that was answered is not asked again', async () => {
    const plane = await asking();
    const { last } = await plane.end(
      secondAttempt(plane, [{ type: 'answer', version: 4, key: 'q', input: 'this' }]),
    );
    expect(last).toEqual({ type: 'Completed', data: { output: 'this' } });
  });

  it('about a skill names the use, so that the approval is for that one', async () => {
    const plane = await working(async ({ useSkill }) => {
      await useSkill('shell-exec', { key: 'tool:1', what: 'npm test' });
      return 'used';
    });
    plane.answerSkill = () => ({ allowed: false, reason: 'ask first', needsApproval: { ttlMs: 60_000 } });
    const grant = plane.grant('', { agentId });
    await until(() => plane.of(grant).length === 2);
    expect(plane.skills).toMatchObject([{ skillId: 'shell-exec', key: 'tool:1' }]);
    expect(plane.of(grant)[1]).toEqual({
      type: 'NeedApproval',
      data: {
        key: 'tool:1',
        skillId: 'shell-exec',
        prompt: 'Approve shell-exec for scripted: npm test',
        ttlMs: 60_000,
      },
    });
    await until(() => plane.beats.at(-1)?.free === 10);
    plane.answerSkill = () => ({ allowed: true, reason: 'approved' });
    const { last } = await plane.end(secondAttempt(plane, []));
    expect(last).toMatchObject({ data: { output: 'used' } });
  });

  it('for a yes is a question of its own, and not asked again after it', async () => {
    const plane = await working(async ({ askApproval }) => {
      await askApproval('budget:1', 'more?');
      return 'more';
    });
    const grant = plane.grant('', { agentId });
    await until(() => plane.of(grant).length === 2);
    expect(plane.of(grant)[1]).toEqual({
      type: 'NeedApproval',
      data: { key: 'budget:1', prompt: 'more?' },
    });
    const answered: RecordEntry = { type: 'answer', version: 4, key: 'budget:1', input: '' };
    expect((await plane.end(secondAttempt(plane, [answered]))).last).toMatchObject({
      data: { output: 'more' },
    });
  });
});
