import { EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A_PLAN } from '#test/model-server';
import { aGrant, until } from '../scripted-control-plane.contract.js';
import { AGENT, recordOf, startModelWorker } from './model-in-test.contract.js';

describe('a model agent', () => {
  it('plans, uses two tools, streams what it says and completes', async () => {
    const { plane, server, workspace, grant } = await startModelWorker([
      A_PLAN,
      {
        pieces: ['I will ', 'look.'],
        calls: [
          { name: 'read-file', input: { path: 'a.txt' } },
          { name: 'list-files', input: {} },
        ],
      },
      { pieces: ['It says ', 'hello.'] },
    ]);
    writeFileSync(join(workspace, 'a.txt'), 'hello');
    const task = grant('What does a.txt say?');
    const { types, output, last } = await plane.end(task);
    expect(types.filter((type) => type !== 'Output')).toEqual([
      'Planning',
      'Plan',
      'Step',
      'Started',
      'Step',
      'Step',
      'Step',
      'Step',
      'Completed',
    ]);
    expect(plane.of(task)[1]).toEqual({ type: 'Plan', data: { steps: ['Look', 'Answer'] } });
    expect(output).toBe('I will look.\n\nIt says hello.');
    expect(last).toEqual({ type: 'Completed', data: { output: 'It says hello.' } });
    expect(plane.skills.map(({ skillId, key }) => [skillId, key])).toEqual([
      ['read-file', 'tool:1.1'],
      ['list-files', 'tool:1.2'],
    ]);
    const told = server.asked[2]?.messages.filter(({ role }) => role === 'tool');
    expect(told?.map(({ content }) => content)).toEqual(['hello', 'a.txt']);
  });

  it('says what it used, step by step', async () => {
    const { plane, grant } = await startModelWorker(
      [
        { ...A_PLAN, usage: { input: 100, output: 10 } },
        { pieces: ['done'], usage: { input: 200, output: 20 } },
      ],
      { settings: { prices: { scripted: { input: 10, output: 100 } } } },
    );
    const task = grant('x');
    await plane.end(task);
    const used = plane.of(task).flatMap((fact) => (fact.type === 'Step' ? [fact.data.usage] : []));
    expect(used).toEqual([
      { inputTokens: 100, outputTokens: 10, costUsd: 0.002 },
      { inputTokens: 200, outputTokens: 20, costUsd: 0.004 },
    ]);
  });

  it('makes no call and uses no tool again that an earlier attempt has finished', async () => {
    const told = new EventEmitter();
    const script = [
      A_PLAN,
      { calls: [{ name: 'edit-file', input: { path: 'new.txt', replace: 'made' } }] },
      {
        pieces: ['first half, ', 'second half'],
        hold: { before: 1, until: once(told, 'all of it') },
        cutAfter: 1,
      },
      { pieces: ['first half, ', 'second half'] },
    ];
    const { plane, server, workspace, grant } = await startModelWorker(script);
    const first = grant('x');
    await until(() => plane.output(first) === 'first half, ');
    told.emit('all of it');
    const { last, output } = await plane.end(first);
    expect(last).toMatchObject({ type: 'Failed', data: { retry: {} } });
    expect([output, readFileSync(join(workspace, 'new.txt'), 'utf8')]).toEqual(['first half, ', 'made']);
    writeFileSync(join(workspace, 'new.txt'), 'changed since');
    const second = aGrant('x', { ...first, epoch: 9, attempt: 2 });
    plane.onRecord.set(second.taskId, recordOf(plane, first));
    plane.send({ type: 'grant', grant: second });
    const end = await plane.end(second);
    expect(end.last).toEqual({ type: 'Completed', data: { output: 'first half, second half' } });
    expect([end.output, server.asked.length]).toEqual(['second half', 4]);
    expect(readFileSync(join(workspace, 'new.txt'), 'utf8')).toBe('changed since');
    expect(server.asked[3]?.messages).toEqual(server.asked[2]?.messages);
  });

  it('tells the model what a tool refuses, and goes on', async () => {
    const { plane, server, grant } = await startModelWorker([
      A_PLAN,
      {
        calls: [
          { name: 'read-file', input: { path: '../../etc/passwd' } },
          { name: 'launch-missiles', input: {} },
          { name: 'read-file', input: { file: 'a' } },
          { name: 'read-file', input: '{"pa' },
        ],
      },
      { pieces: ['I cannot.'] },
    ]);
    plane.answerSkill = ({ skillId }) => ({ allowed: skillId !== 'shell-exec', reason: 'policy' });
    const { last } = await plane.end(grant('x'));
    expect(last).toMatchObject({ type: 'Completed' });
    const told = server.asked[2]?.messages
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => content);
    expect(told).toHaveLength(4);
    expect(told?.join('\n')).toMatch(/outside of the workspace/);
    expect(told?.join('\n')).toMatch(/launch-missiles/);
  });

  it('tells the model that a skill is denied, and does not use it', async () => {
    const { plane, server, grant } = await startModelWorker([
      A_PLAN,
      { calls: [{ name: 'shell-exec', input: { command: 'touch x' } }] },
      { pieces: ['Then not.'] },
    ]);
    plane.answerSkill = () => ({ allowed: false, reason: 'the policy says no' });
    await plane.end(grant('x'));
    expect(server.asked[2]?.messages.at(-1)).toMatchObject({
      content: 'error: the skill shell-exec may not be used: the policy says no',
    });
  });

  it('runs commands as the shell agent does', async () => {
    const { plane, server, grant } = await startModelWorker(
      [
        A_PLAN,
        { calls: [{ name: 'shell-exec', input: { command: 'echo $((6*7)); env; exit 3' } }] },
        { pieces: ['42'] },
      ],
      { shell: true },
    );
    process.env['OPENAI_API_KEY'] = 'sk-of-the-worker';
    const { output } = await plane.end(grant('x'));
    delete process.env['OPENAI_API_KEY'];
    const told = String(server.asked[2]?.messages.at(-1)?.content);
    expect(told).toMatch(/^exited with code 3\n42\n/);
    expect([told.includes('sk-of-the-worker'), output]).toEqual([false, '42']);
  });

  it('waits for an approval of one use without a worker, and uses the tool after it', async () => {
    const { plane, server, grant } = await startModelWorker([
      A_PLAN,
      { calls: [{ name: 'shell-exec', input: { command: 'make' } }] },
      { pieces: ['made'] },
    ]);
    plane.answerSkill = () => ({ allowed: false, reason: 'ask', needsApproval: {} });
    const first = grant('x');
    const asked = await until(() => plane.of(first).find(({ type }) => type === 'NeedApproval'));
    expect(asked.data).toEqual({
      key: 'tool:1.1',
      skillId: 'shell-exec',
      prompt: 'Approve shell-exec for code-creator: make',
    });
    await until(() => plane.beats.at(-1)?.free === 10);
    plane.answerSkill = () => ({ allowed: true, reason: 'approved' });
    const second = aGrant('x', { ...first, epoch: 9, attempt: 2 });
    plane.onRecord.set(second.taskId, recordOf(plane, first));
    plane.send({ type: 'grant', grant: second });
    expect((await plane.end(second)).last).toEqual({ type: 'Completed', data: { output: 'made' } });
    expect(server.asked).toHaveLength(3);
  });

  it('goes on where the model was cut off at its limit', async () => {
    const { plane, grant } = await startModelWorker([
      A_PLAN,
      { pieces: ['one '], finish: 'length' },
      { pieces: ['two'] },
    ]);
    expect((await plane.end(grant('x'))).last.type).toBe('Completed');
  });

  it('is stopped after so many turns, and says so', async () => {
    const { plane, server, grant } = await startModelWorker(
      (_request, call) => (call === 0 ? A_PLAN : { calls: [{ name: 'list-files', input: {} }] }),
      { settings: { maxTurns: 4 } },
    );
    const { last } = await plane.end(grant('x'));
    expect(last).toMatchObject({
      type: 'Failed',
      data: { error: 'stopped: it called its model 4 times without coming to an end (models.maxTurns)' },
    });
    expect(server.asked).toHaveLength(5);
  });

  it('tells the model its own instructions, and only of the tools it may ask for', async () => {
    const { plane, server, grant } = await startModelWorker([A_PLAN, { pieces: ['ok'] }]);
    await plane.end(grant('x', { description: 'do', input: 'this' }));
    expect(server.asked[0]?.tools).toBeUndefined();
    expect(server.asked[1]?.tools?.map((tool) => tool.function.name)).toEqual(AGENT.skills);
    expect(String(server.asked[1]?.messages[0]?.content)).toContain(AGENT.instructions);
  });
});
