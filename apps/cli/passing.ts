import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiOf } from './api.js';
import type { Endpoint } from './api.js';
import { localEndpoint } from './endpoint.js';

export type PassingOptions = Readonly<{
  dataDir: string;
  /** Nothing is to be kept: where there is no data folder, none is made. @default false */
  reads?: boolean | undefined;
  onProgress?: ((message: string) => void) | undefined;
}>;

/** A server for one call. */
export type Passing = Readonly<{ endpoint: Endpoint; close(): Promise<void> }>;

/** It reads and decides, but brings no worker, so nobody's tasks are begun and cut off. */
export async function passing({ dataDir, reads = false, onProgress }: PassingOptions): Promise<Passing> {
  if (!reads || existsSync(dataDir)) return serveFor(dataDir, { inMemory: false, onProgress });
  const folder = await mkdtemp(join(tmpdir(), 'coderclaw-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const { endpoint, close } = await serveFor(folder, { inMemory: true });
    return { endpoint, close: () => close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function serveFor(
  dataDir: string,
  options: Readonly<{ inMemory: boolean; onProgress?: PassingOptions['onProgress'] }>,
): Promise<Passing> {
  const { serve } = await import('#server');
  const roles = ['api', 'projector'] as const;
  const serving = await serve({ mode: 'local-only', roles, port: 0, dataDir, ...options });
  const { socket = '', tokenFile = '' } = serving;
  const endpoint = await localEndpoint(socket, tokenFile, { flags: '', given: false });
  await readModelsOf(endpoint);
  return { endpoint, close: () => serving.close() };
}

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 10_000;

type ReadModel = Readonly<{ state: string; behind: number }>;

/**
 * Waits until the read models are where the log is, which in a server that has just begun takes a moment. If it takes
 * longer, or cannot be, whoever asks them is told so.
 */
async function readModelsOf(endpoint: Endpoint): Promise<void> {
  const api = apiOf(endpoint);
  const until = performance.now() + PATIENCE_MS;
  const isReady = async () => {
    const { ok, body } = await api.ask('GET', '/v1/projections');
    const { projections = [] } = ok ? (body as { projections: readonly ReadModel[] }) : {};
    return projections.every(
      ({ state, behind }) => state === 'refused' || (state === 'live' && behind === 0),
    );
  };
  while (!(await isReady()) && performance.now() < until) await sleep(LOOK_EVERY_MS);
}
