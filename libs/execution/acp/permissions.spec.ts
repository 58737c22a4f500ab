import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SkillUse } from '#contract';
import { until } from '../scripted-control-plane.contract.js';
import { answersIn, startAcpWorker } from './acp-in-test.contract.js';

const ALLOWED = { outcome: { outcome: 'selected', optionId: 'chose allow_once' } };
const REJECTED = { outcome: { outcome: 'selected', optionId: 'chose reject_once' } };
const keysOf = (uses: readonly SkillUse[]) => uses.map(({ key }) => key);
const call = (kind: string, more = {}) => ({ toolCallId: 'c', title: `do ${kind}`, kind, ...more });

describe('what an agent asks leave for', () => {
  it.each([
    ['read', 'read-file'],
    ['search', 'search-files'],
    ['edit', 'edit-file'],
    ['delete', 'edit-file'],
    ['move', 'edit-file'],
    ['fetch', 'fetch-url'],
    ['execute', 'shell-exec'],
    ['think', 'shell-exec'],
    ['switch_mode', 'shell-exec'],
    ['other', 'shell-exec'],
  ])('is, for %s, a use of the skill %s, allowed once', async (kind, skillId) => {
    const { plane, run } = await startAcpWorker();
    const { output } = await run(['ask', call(kind)]);
    expect(answersIn(output)).toEqual([ALLOWED]);
    expect(plane.skills.map((use) => use.skillId)).toEqual([skillId]);
  });

  it('is of the strictest skill where it does not say its kind', async () => {
    const { plane, run } = await startAcpWorker();
    await run(['ask', { toolCallId: 'c', title: 'something' }]);
    expect(plane.skills.map((use) => use.skillId)).toEqual(['shell-exec']);
  });

  it('is what it has said of that tool before', async () => {
    const { plane, run } = await startAcpWorker();
    await run(['tool', call('fetch')], ['ask', { toolCallId: 'c' }]);
    expect(plane.skills.map((use) => use.skillId)).toEqual(['fetch-url']);
  });

  it('is rejected once where the policy denies it, and the agent goes on', async () => {
    const { plane, run } = await startAcpWorker();
    plane.answerSkill = () => ({ allowed: false, reason: 'not here' });
    const { output, last } = await run(['ask', call('execute')], ['say', 'without']);
    expect(answersIn(output)).toEqual([REJECTED]);
    expect(last.type).toBe('Completed');
  });

  it('is rejected, and nobody asked, where the agent was not given the skill', async () => {
    const { plane, run } = await startAcpWorker({ skills: ['read-file'] });
    const { output } = await run(['ask', call('execute')]);
    expect(answersIn(output)).toEqual([REJECTED]);
    expect(plane.skills).toEqual([]);
  });

  it('is never allowed for longer, even where nothing less is offered', async () => {
    const { run } = await startAcpWorker();
    const always = { kind: 'allow_always', name: 'always', optionId: 'always' };
    const once = { kind: 'reject_once', name: 'no', optionId: 'no' };
    const { output } = await run(['ask', call('read'), [always, once]], ['ask', call('read'), [always]]);
    expect(answersIn(output)).toEqual([
      { outcome: { outcome: 'selected', optionId: 'no' } },
      { outcome: { outcome: 'cancelled' } },
    ]);
  });

  it('waits for who is to approve it, who is told what the tool is given', async () => {
    const { plane, grant } = await startAcpWorker();
    plane.answerSkill = () => ({ allowed: false, reason: 'ask first', needsApproval: {} });
    const task = grant([['ask', call('execute', { rawInput: { command: 'npm test' } })]]);
    const asked = await until(() => plane.of(task).find(({ type }) => type === 'NeedApproval'));
    expect(asked.data).toMatchObject({
      skillId: 'shell-exec',
      prompt: 'Approve shell-exec for scripted: do execute {"command":"npm test"}',
    });
  });

  it('has the same key in the next attempt, whatever the agent calls it by, and another for another use', async () => {
    const { plane, run } = await startAcpWorker();
    const first = call('execute', { rawInput: { command: 'ls' } });
    const other = call('execute', { rawInput: { command: 'rm -rf .' } });
    await run(['ask', first], ['ask', first], ['ask', other]);
    const before = keysOf(plane.skills.splice(0));
    await run(['ask', { ...first, toolCallId: 'renamed' }]);
    expect(new Set(before).size).toBe(3);
    expect(keysOf(plane.skills)).toEqual(before.slice(0, 1));
  });

  it('has the same key where the next attempt has a folder of its own', async () => {
    const workers = [await startAcpWorker(), await startAcpWorker()];
    for (const { run, workspace } of workers)
      await run(
        ['read', join(workspace, 'a')],
        ['ask', call('edit', { title: `edit ${workspace}/a`, rawInput: { path: `${workspace}/a` } })],
      );
    const [one = [], other = []] = workers.map(({ plane }) => keysOf(plane.skills));
    expect(one).toHaveLength(2);
    expect(other).toEqual(one);
  });
});
