import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RecordEntry } from '#contract';
import { startModelServer } from '#test/model-server';
import type { ChatReply, ChatRequest } from '#test/model-server';
import { mcpSkillIdOf } from '#registry';
import { EchoExecutor } from '../echo.js';
import { McpServers } from '../mcp/mcp-servers.js';
import type { McpServersOptions } from '../mcp/mcp-servers.js';
import { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { Processes } from '../sandbox/processes.js';
import { ShellExecutor } from '../shell.js';
import { startWorker } from '../worker-in-test.contract.js';
import type { ModelAccess } from './access.js';
import type { ModelSettings } from './choose-model.js';
import { ModelExecutor } from './model-executor.js';

export const AGENT = {
  id: 'code-creator',
  instructions: 'You write code.',
  skills: ['read-file', 'list-files', 'search-files', 'edit-file', 'shell-exec', 'git-diff', 'fetch-url'],
};

type Options = Readonly<{
  settings?: ModelSettings;
  access?: ModelAccess;
  shell?: boolean;
  /** Each attempt works in a new folder. */
  ownFolders?: boolean;
  /** The agent has these servers. */
  mcp?: McpServersOptions;
}>;

/** A worker with a model agent, whose model is a server that answers by the script. Ends with the test. */
export async function startModelWorker(
  script: readonly ChatReply[] | ((request: ChatRequest, call: number) => ChatReply),
  { settings = {}, access, shell = false, ownFolders = false, mcp }: Options = {},
) {
  const server = await startModelServer(script);
  const workspace = mkdtempSync(join(tmpdir(), 'model-spec-'));
  const plane = new ScriptedControlPlane();
  const processes = new Processes({ sandbox: 'none' });
  onTestFinished(async () => {
    await Promise.all([server.close(), processes.close()]);
    rmSync(workspace, { recursive: true, force: true });
  });
  const executor = new ModelExecutor({
    ...agentsWith(mcp),
    settings,
    access: access ?? new Map([['openai', { apiKey: 'sk-planted-key', baseUrl: server.url }]]),
    shell: shell ? new ShellExecutor({ processes }) : new EchoExecutor(),
    processes,
    fetch: 'any',
  });
  const shared = ownFolders ? {} : { workspace };
  const { worker } = await startWorker({ executors: new Map([[AGENT.id, executor]]), ...shared }, plane);
  const grant = (input: string, more: Parameters<ScriptedControlPlane['grant']>[1] = {}) =>
    plane.grant(input, { agentId: AGENT.id, ...more });
  return { plane, server, workspace, grant, worker };
}

const agentsWith = (mcp: McpServersOptions = { servers: {}, env: {} }) => ({
  agents: [{ ...AGENT, skills: [...AGENT.skills, ...Object.keys(mcp.servers).map(mcpSkillIdOf)] }],
  mcp: new McpServers(mcp),
});

/** What an attempt has put on record, for the next one to find. */
export const recordOf = (plane: ScriptedControlPlane, grant: Parameters<ScriptedControlPlane['of']>[0]) =>
  plane.of(grant).flatMap((fact, version): RecordEntry[] => {
    if (fact.type === 'Output') return [{ type: 'output', version, text: fact.data.text }];
    return fact.type === 'Step' ? [{ type: 'step', version, ...fact.data }] : [];
  });
