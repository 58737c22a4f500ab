import { describe, expect, it } from 'vitest';
import { A_PLAN } from '#test/model-server';
import { KIT } from '../mcp/mcp-in-test.contract.js';
import { aGrant, until } from '../scripted-control-plane.contract.js';
import { AGENT, recordOf, startModelWorker } from './model-in-test.contract.js';

const mcp = { servers: { kit: KIT }, env: process.env };
const ECHO = { calls: [{ name: 'kit__echo', input: { text: 'a' } }] };

describe('a model agent with an MCP server', () => {
  it('is told of its tools and uses one: a step of its own, by the skill of the server', async () => {
    const { plane, server, grant } = await startModelWorker([A_PLAN, ECHO, { pieces: ['done'] }], { mcp });
    const task = grant('x');
    expect((await plane.end(task)).last).toEqual({ type: 'Completed', data: { output: 'done' } });
    const offered = (server.asked[1]?.tools ?? []) as readonly {
      function: { name: string; parameters: object };
    }[];
    expect(offered.slice(0, AGENT.skills.length + 1).map((tool) => tool.function.name)).toEqual([
      ...AGENT.skills,
      'kit__echo',
    ]);
    expect(offered[AGENT.skills.length]?.function.parameters).toMatchObject({ required: ['text'] });
    expect(server.asked[2]?.messages.at(-1)).toMatchObject({ content: 'you said a' });
    expect(plane.skills.map(({ skillId, key }) => [skillId, key])).toEqual([['mcp-kit', 'tool:1.1']]);
    expect(plane.of(task)).toContainEqual({
      type: 'Step',
      data: { key: 'tool:1.1', kind: 'kit__echo', result: 'you said a' },
    });
  });

  it('is told what the policy denies, and the server is not asked', async () => {
    const { plane, server, grant } = await startModelWorker([A_PLAN, ECHO, { pieces: ['not'] }], { mcp });
    plane.answerSkill = () => ({ allowed: false, reason: 'the policy says no' });
    await plane.end(grant('x'));
    expect(server.asked[2]?.messages.at(-1)).toMatchObject({
      content: 'error: the skill mcp-kit may not be used: the policy says no',
    });
  });

  it('waits for an approval that says which tool and with what, and uses it once after that', async () => {
    const { plane, server, grant } = await startModelWorker([A_PLAN, ECHO, { pieces: ['done'] }], { mcp });
    plane.answerSkill = () => ({ allowed: false, reason: 'ask', needsApproval: {} });
    const first = grant('x');
    const asked = await until(() => plane.of(first).find(({ type }) => type === 'NeedApproval'));
    expect(asked.data).toEqual({
      key: 'tool:1.1',
      skillId: 'mcp-kit',
      prompt: 'Approve mcp-kit for code-creator: echo {"text":"a"}',
    });
    await until(() => plane.beats.at(-1)?.free === 10);
    plane.answerSkill = () => ({ allowed: true, reason: 'approved' });
    const second = aGrant('x', { ...first, epoch: 9, attempt: 2 });
    plane.onRecord.set(second.taskId, recordOf(plane, first));
    plane.send({ type: 'grant', grant: second });
    expect((await plane.end(second)).last.type).toBe('Completed');
    expect(server.asked[2]?.messages.at(-1)).toMatchObject({ content: 'you said a' });
  });

  it('does not call a tool again that is on record', async () => {
    const dies = { calls: [{ name: 'kit__pid', input: {} }] };
    const script = [A_PLAN, dies, { pieces: ['half'], cutAfter: 1 }, { pieces: ['half'] }];
    const { plane, server, grant } = await startModelWorker(script, { mcp });
    const first = grant('x');
    await plane.end(first);
    const second = aGrant('x', { ...first, epoch: 9, attempt: 2 });
    plane.onRecord.set(second.taskId, recordOf(plane, first));
    plane.send({ type: 'grant', grant: second });
    expect((await plane.end(second)).last.type).toBe('Completed');
    expect(server.asked[3]?.messages).toEqual(server.asked[2]?.messages);
    expect(plane.skills).toHaveLength(1);
  });

  it('goes on without one that cannot start, and the record says so', async () => {
    const { plane, server, grant } = await startModelWorker([A_PLAN, { pieces: ['done'] }], {
      mcp: { ...mcp, servers: { kit: { command: ['/no/such/program'] } } },
    });
    const task = grant('x');
    expect((await plane.end(task)).last.type).toBe('Completed');
    expect(plane.of(task)).toContainEqual({
      type: 'Progress',
      data: { progress: 0, message: expect.stringMatching(/^the MCP server kit: cannot be used: .*ENOENT/) },
    });
    expect(server.asked[1]?.tools?.map((tool) => tool.function.name)).toEqual(AGENT.skills);
  });

  it('leaves no process when its worker stops', async () => {
    const pid = { calls: [{ name: 'kit__pid', input: {} }] };
    const { plane, server, grant, worker } = await startModelWorker([A_PLAN, pid, { pieces: ['done'] }], {
      mcp,
    });
    await plane.end(grant('x'));
    const running = Number(server.asked[2]?.messages.at(-1)?.content);
    expect(process.kill(running, 0)).toBe(true);
    await worker.stop({ drainMs: 0 });
    expect(() => process.kill(running, 0)).toThrow(/ESRCH/);
  });
});
