import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SilentLogger } from '#contract';
import { loadConfig } from '#platform';
import { processSettings } from './sandbox.js';

describe('what the processes of tasks do not see', () => {
  it('are the files of secrets that the configuration names', () => {
    const http = { executor: 'http', url: 'https://agent.example' } as const;
    const flags = {
      nats: { passwordFile: '/run/secrets/nats' },
      http: { publicUrl: 'https://mesh.example' },
      identity: { google: { clientId: 'c', clientSecretFile: '/run/secrets/google' } },
      mcpServers: { docs: { url: 'https://mcp.example', tokenFile: '/run/secrets/docs' } },
      customAgents: [
        { id: 'signed', ...http, secretFile: 'secrets/hook' },
        { id: 'unsigned', ...http },
      ],
    };
    process.env['ANTHROPIC_API_KEY_FILE'] = '/run/secrets/anthropic';
    onTestFinished(() => void delete process.env['ANTHROPIC_API_KEY_FILE']);
    const cwd = resolve(tmpdir(), 'no-such-repository');
    const config = loadConfig({ cwd, home: cwd, env: {}, flags });
    expect(processSettings(config, new SilentLogger()).hidden).toEqual(
      expect.arrayContaining([
        '/run/secrets/nats',
        '/run/secrets/google',
        '/run/secrets/docs',
        '/run/secrets/anthropic',
        resolve(config.workspace, 'secrets/hook'),
      ]),
    );
  });
});
