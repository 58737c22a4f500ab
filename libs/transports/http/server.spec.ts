import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '#server';
import { runtimeContract } from '../runtime.contract.js';
import { HTTPTransportAdapter } from './client.js';

/** The adapter against the whole product: gate, log, read models, scheduler and a worker's real shell. */
runtimeContract('HTTPTransportAdapter to a local-only server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'http-server-spec-'));
  const serving = await serve({
    mode: 'local-only',
    port: 0,
    dataDir: join(folder, 'data'),
    workspace: folder,
  });
  const token = (await readFile(serving.tokenFile ?? '', 'utf8')).trim();
  const adapter = new HTTPTransportAdapter({ baseUrl: serving.url ?? '', token });
  const close = async () => {
    await adapter.close();
    await serving.close();
    await rm(folder, { recursive: true });
  };
  return { runtime: Object.assign(Object.create(adapter) as typeof adapter, { close }) };
});
