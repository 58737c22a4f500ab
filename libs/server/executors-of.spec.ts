import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SilentLogger } from '#contract';
import { Processes } from '#execution';
import { loadConfig } from '#platform';
import type { ConfigFile } from '#platform';
import { executorsOf } from './executors-of.js';

describe('what a worker runs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'executors-of-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const warnings: string[] = [];
  beforeEach(() => void warnings.splice(0));
  const logger = Object.assign(new SilentLogger(), {
    warn: (message: string) => void warnings.push(message),
  });

  const agentsWith = (env: NodeJS.ProcessEnv) => {
    const customAgents = [
      { id: 'hook', executor: 'http', url: 'https://agent.example' },
      { id: 'claude', executor: 'acp', command: ['claude-code-acp'], env: ['ANTHROPIC_API_KEY'] },
      { id: 'poet', executor: 'model', instructions: 'Rhyme.' },
    ] satisfies ConfigFile['customAgents'];
    const flags = { agents: ['shell', 'code-reviewer'], customAgents };
    const config = loadConfig({ cwd: folder, home: folder, env: {}, flags });
    const processes = new Processes({ sandbox: 'none' });
    return [...executorsOf({ config, processes, env, logger }).keys()];
  };

  it('is each agent that is enabled, built in or added, where there is a model for those that need one', () => {
    expect(agentsWith({ OPENAI_API_KEY: 'k' })).toEqual(['shell', 'code-reviewer', 'poet', 'hook']);
  });

  it('is no model where no provider is configured', () => {
    expect(agentsWith({})).toEqual(['shell', 'hook']);
  });

  it('is a program that speaks ACP where its variables are set; where not, it says which are missing', () => {
    expect(agentsWith({ ANTHROPIC_API_KEY: 'k' })).toContain('claude');
    expect(warnings).toEqual([]);
    expect(agentsWith({})).not.toContain('claude');
    expect(warnings).toEqual(['this worker does not run "claude": its environment has no ANTHROPIC_API_KEY']);
  });
});
