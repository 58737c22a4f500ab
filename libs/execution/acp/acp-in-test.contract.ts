import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Grant } from '#contract';
import { Processes } from '../sandbox/processes.js';
import type { ProcessSettings } from '../sandbox/processes.js';
import { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { startWorker } from '../worker-in-test.contract.js';
import type { AcpAgent } from './acp-agent.js';
import { AcpExecutor } from './acp-executor.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCRIPTED = join(ROOT, 'test', 'acp-agent.mjs');

/** What a box must show for the scripted agent to start. */
export const SEEN = [SCRIPTED, join(ROOT, 'node_modules'), join(ROOT, 'package.json')];

/** What the scripted agent is to do, one after the other. */
export type Doing = readonly (readonly [what: string, ...unknown[]])[];

const SKILLS = ['read-file', 'search-files', 'edit-file', 'shell-exec', 'fetch-url'];
const ENV = { AGENT_KEY: 'planted-key-of-the-agent' };

type Options = Partial<AcpAgent> &
  Readonly<{
    /** How the scripted agent starts. */
    start?: string;
    settings?: ProcessSettings;
    startWithinMs?: number;
    /** Each attempt works in a new folder. */
    ownFolders?: boolean;
  }>;

/** A worker with an ACP agent, which is scripted unless a command is given. Ends with the test. */
export async function startAcpWorker({
  start = '',
  settings,
  startWithinMs,
  ownFolders,
  ...more
}: Options = {}) {
  const plane = new ScriptedControlPlane();
  const processes = new Processes(settings ?? { sandbox: 'none' });
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'acp-spec-')));
  onTestFinished(async () => {
    await processes.close();
    rmSync(workspace, { recursive: true, force: true });
  });
  const agent = { command: [process.execPath, SCRIPTED, start], env: ENV, skills: SKILLS, ...more };
  const executor = new AcpExecutor({ agents: new Map([['scripted', agent]]), processes, startWithinMs });
  const shared = ownFolders === true ? {} : { workspace };
  await startWorker({ executors: new Map([['scripted', executor]]), ...shared }, plane);
  const grant = (doing: Doing, options: Partial<Grant> = {}) =>
    plane.grant(JSON.stringify(doing), { agentId: 'scripted', ...options });
  /** Runs a task to its end. */
  const run = async (...doing: Doing) => {
    const task = grant(doing);
    return { task, ...(await plane.end(task)) };
  };
  return { plane, workspace, grant, run };
}

/** The lines of JSON that the scripted agent was answered with. */
export const answersIn = (output: string): unknown[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as unknown);
