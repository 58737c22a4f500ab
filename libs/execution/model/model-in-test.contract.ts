import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startModelServer } from '#test/model-server';
import type { ChatReply, ChatRequest } from '#test/model-server';
import { EchoExecutor } from '../echo.js';
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

type Options = Readonly<{ settings?: ModelSettings; access?: ModelAccess; shell?: boolean }>;

/** A worker with a model agent, whose model is a server that answers by the script. Ends with the test. */
export async function startModelWorker(
  script: readonly ChatReply[] | ((request: ChatRequest, call: number) => ChatReply),
  { settings = {}, access, shell = false }: Options = {},
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
    agents: [AGENT],
    settings,
    access: access ?? new Map([['openai', { apiKey: 'sk-planted-key', baseUrl: server.url }]]),
    shell: shell ? new ShellExecutor({ processes }) : new EchoExecutor(),
    fetch: 'any',
  });
  await startWorker({ executors: new Map([[AGENT.id, executor]]), workspace }, plane);
  const grant = (input: string, more: Parameters<ScriptedControlPlane['grant']>[1] = {}) =>
    plane.grant(input, { agentId: AGENT.id, ...more });
  return { plane, server, workspace, grant };
}
