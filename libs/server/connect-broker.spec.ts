import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilentLogger } from '#contract';
import { loadConfig } from '#platform';
import { connectBroker } from './connect-broker.js';
import { serve } from './serve.app.js';

describe('a broker that anybody may speak to', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-broker-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps a worker from starting, and says what to do', async () => {
    vi.stubEnv('CODERCLAW_MODE', 'remote-enabled');
    vi.stubEnv('CODERCLAW_NATS_URL', 'nats://broker.invalid:4222');
    await expect(serve({ workspace: folder, roles: ['worker'] })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'nats.user', hint: expect.stringContaining('CODERCLAW_NATS_USER') as string },
    });
  });

  it('is warned of where the settings say that it is meant', async () => {
    const logger = new SilentLogger();
    const warned = vi.spyOn(logger, 'warn');
    const nats = { url: 'nats://broker.invalid:4222', allowOpen: true };
    const flags = { mode: 'remote-enabled', nats } as const;
    const { bus } = await connectBroker(loadConfig({ cwd: folder, home: folder, env: {}, flags }), logger);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('nats.allowOpen'), {
      broker: 'broker.invalid',
    });
    await bus.close();
  });
});
