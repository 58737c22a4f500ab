import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Processes } from '#execution';
import { loadConfig } from '#platform';
import { executorsOf } from './executors-of.js';

describe('what a worker runs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'executors-of-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const agentsWith = (env: NodeJS.ProcessEnv) => {
    const customAgents = [
      { id: 'hook', executor: 'http', url: 'https://agent.example' },
      { id: 'poet', executor: 'model', instructions: 'Rhyme.' },
    ] as const;
    const flags = {
      agents: ['shell', 'code-reviewer'],
      customAgents: customAgents.map((one) => ({ ...one })),
    };
    const config = loadConfig({ cwd: folder, home: folder, env: {}, flags });
    return [...executorsOf({ config, processes: new Processes({ sandbox: 'none' }), env }).keys()];
  };

  it('is each agent that is enabled, built in or added, where there is a model for those that need one', () => {
    expect(agentsWith({ OPENAI_API_KEY: 'k' })).toEqual(['shell', 'code-reviewer', 'poet', 'hook']);
  });

  it('is no model where no provider is configured', () => {
    expect(agentsWith({})).toEqual(['shell', 'hook']);
  });
});
