import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { TaskState } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';
import { A_PLAN, startModelServer } from '#test/model-server';
import type { ModelServer } from '#test/model-server';

const PROGRAM = fileURLToPath(new URL('../mcp-server.mjs', import.meta.url));
const COMMAND = `command: [${process.execPath}, ${PROGRAM}]`;
const SETTINGS = `mcpServers:
  kit: { ${COMMAND} }
  own: { ${COMMAND}, agents: [bug-analyzer] }
`;
const ENTRIES = 'skillPolicies: [{ skillId: mcp-kit, requiresApproval: true }, { skillId: mcp-own }]\n';

describe('MCP servers in remote-enabled mode', () => {
  let model: ModelServer;
  let deployment: Deployment;
  let client: HTTPTransportAdapter;
  let url: string;
  let tool: string;

  beforeAll(async () => {
    model = await startModelServer(({ messages }) => {
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      if (turn === 0) return A_PLAN;
      return turn === 1 ? { calls: [{ name: tool, input: { text: 'hello' } }] } : { pieces: ['all well'] };
    });
    deployment = await aDeployment('remote-enabled', { env: { OPENAI_BASE_URL: model.url } });
    await appendFile(join(deployment.folder, '.coderClaw', 'runtime.yaml'), SETTINGS);
    const api = await deployment.start({ roles: 'api,projector' });
    await deployment.start({ roles: 'worker' });
    ({ url } = api);
    client = await deployment.client(api.port);
  }, 120_000);
  afterAll(async () => {
    await deployment?.close();
    await model?.close();
  }, 60_000);

  const submit = (agentId: string): Promise<TaskState> =>
    client.submitTask({ description: 'look', input: 'x', agentId });
  const answerOfTheTool = (): unknown => model.asked.at(-1)?.messages.at(-1)?.content;
  const reasons = async (taskId: string, action: string): Promise<string> => {
    const query = new URLSearchParams({ action, resourceId: taskId });
    return eventually('it is in the trail', async () => {
      const answer = await deployment.fetch(`${url}/v1/audit?${query.toString()}`);
      const { entries } = (await answer.json()) as { entries: readonly Readonly<{ reason: string }>[] };
      return entries.map(({ reason }) => reason).join('\n');
    });
  };

  it('one that all agents are given takes none away: without a policy they run, their uses of it are denied, and all is said', async () => {
    tool = 'kit__echo';
    const { id } = await submit('code-reviewer');
    const [state] = await checkRecord(client, [id]);
    expect(state).toMatchObject({ status: 'completed', output: 'all well' });
    const why = 'the skill mcp-kit is dangerous, and no entry of repository.skillPolicies allows it';
    expect(answerOfTheTool()).toContain(why);
    expect(await reasons(id, 'task.submit')).toContain(`goes without what is denied: ${why}`);
    expect(await reasons(id, 'skill.execute')).toContain(`mcp-kit: ${why}`);
  }, 120_000);

  it('an agent that is named for one is refused without a policy, with the line to add', async () => {
    await expect(submit('bug-analyzer')).rejects.toMatchObject({
      code: 'access_denied',
      message: 'the skill mcp-own is dangerous, and no entry of repository.skillPolicies allows it',
      details: {
        hint: expect.stringContaining('`- { skillId: mcp-own }`, in .coderClaw/security.yaml of the server'),
      },
    });
  });

  it('with the lines added both are used, one use at a time where it is to be approved', async () => {
    await writeFile(join(deployment.folder, '.coderClaw', 'security.yaml'), ENTRIES);
    tool = 'own__echo';
    const own = await eventually('the policy is read', () => submit('bug-analyzer').catch(() => null));
    await checkRecord(client, [own.id]);
    expect(answerOfTheTool()).toBe('you said hello');
    tool = 'kit__echo';
    const { id } = await submit('code-reviewer');
    const asked = await eventually('it asks', async () => {
      const state = await client.getTaskState(id);
      return state?.status === 'waiting' && state;
    });
    expect(asked.waiting).toMatchObject({ kind: 'approval', skillId: 'mcp-kit' });
    await client.resumeTask(id, { approved: true });
    expect(await checkRecord(client, [id])).toMatchObject([{ status: 'completed', attempt: 2 }]);
    expect(answerOfTheTool()).toBe('you said hello');
  }, 120_000);
});
