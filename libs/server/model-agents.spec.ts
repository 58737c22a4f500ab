import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeInterface } from '#contract';
import { A_PLAN, startModelServer } from '#test/model-server';
import { openLocalRuntime } from './open-local-runtime.js';

const PROVIDERS = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'OLLAMA_HOST',
];
const asked = { description: 'x', input: 'x', agentId: 'code-reviewer' };

/** Opens a runtime with these providers alone in its environment, and puts that back. */
async function openWith(env: Readonly<Record<string, string>>, config = {}): Promise<RuntimeInterface> {
  const names = PROVIDERS.flatMap((name) => [name, `${name}_FILE`]);
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, env);
  try {
    return await openLocalRuntime({ config });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('a runtime in one process', () => {
  let without: RuntimeInterface;
  beforeAll(async () => {
    without = await openWith({});
  }, 120_000);
  afterAll(() => without.close());

  it('refuses a model agent without a provider at submit, with the setting to add, and lists it all the same', async () => {
    await expect(without.submitTask(asked)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'the agent "code-reviewer" needs a model, and no model provider is configured',
      details: { field: 'agentId', hint: expect.stringContaining('OPENAI_API_KEY') },
    });
    expect((await without.listAgents()).map(({ id }) => id)).toContain('code-reviewer');
  });

  it('runs it with one provider and no other setting', async () => {
    const server = await startModelServer([A_PLAN, { pieces: ['all ', 'well'] }]);
    const runtime = await openWith({ OPENAI_BASE_URL: server.url });
    try {
      const { id } = await runtime.submitTask({ ...asked, budget: { maxTokens: 1000 } });
      for await (const { status } of runtime.streamTaskUpdates(id)) if (status === 'completed') break;
      expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed', output: 'all well' });
    } finally {
      await runtime.close();
      await server.close();
    }
  }, 120_000);

  it('runs one that the configuration adds, with its own instructions and no more tools than its skills', async () => {
    const server = await startModelServer([A_PLAN, { pieces: ['a rhyme'] }]);
    const poet = { id: 'poet', executor: 'model', instructions: 'You rhyme.', skills: ['read-file'] };
    const runtime = await openWith({ OPENAI_BASE_URL: server.url }, { customAgents: [poet] });
    try {
      const { id } = await runtime.submitTask({ ...asked, agentId: 'poet' });
      for await (const { status } of runtime.streamTaskUpdates(id)) if (status === 'completed') break;
      expect(await runtime.getTaskState(id)).toMatchObject({ status: 'completed', output: 'a rhyme' });
      expect(server.asked[1]?.messages[0]).toMatchObject({
        role: 'system',
        content: expect.stringMatching(/^You rhyme\./),
      });
      expect(server.asked[1]?.tools?.map((tool) => tool.function.name)).toEqual(['read-file']);
    } finally {
      await runtime.close();
      await server.close();
    }
  }, 120_000);

  it('gives it the tools of an MCP server that its configuration names, as a skill of its own', async () => {
    const program = fileURLToPath(new URL('../../test/mcp-server.mjs', import.meta.url));
    const mcpServers = { kit: { command: [process.execPath, program], agents: ['code-reviewer'] } };
    const call = { name: 'kit__echo', input: { text: 'hello' } };
    const server = await startModelServer([A_PLAN, { calls: [call] }, { pieces: ['all well'] }]);
    const runtime = await openWith({ OPENAI_BASE_URL: server.url }, { mcpServers });
    try {
      const { id } = await runtime.submitTask(asked);
      for await (const { status } of runtime.streamTaskUpdates(id)) if (status === 'completed') break;
      expect(server.asked[2]?.messages.at(-1)).toMatchObject({ content: 'you said hello' });
      expect(await runtime.listSkills()).toContainEqual(
        expect.objectContaining({ id: 'mcp-kit', dangerous: true }),
      );
    } finally {
      await runtime.close();
      await server.close();
    }
  }, 120_000);
});
