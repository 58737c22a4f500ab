import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Gate } from '#access';
import { SilentLogger } from '#contract';
import type { Stop } from '#contract';
import { loadConfig } from '#platform';
import { createApp, openInfrastructure, startProjector } from '#server';
import { listenHttp } from '#transports/http';
import { freshDatabase, startNats } from '#test/servers';

/** The API and the projector of a remote deployment, in this process; no worker, so that tasks stay as they are put. */
export type RunningMesh = Readonly<{
  url: string;
  app: NestFastifyApplication;
  gate: Gate;
  close(): Promise<void>;
}>;

/** Database and broker of a deployment, and the folder whose configuration names them. */
export type Backends = Readonly<{
  folder: string;
  close(): Promise<void>;
}>;

export async function openBackends(): Promise<Backends> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-matrix-'));
  const [nats, database] = await Promise.all([startNats(), freshDatabase()]);
  await mkdir(join(folder, '.coderClaw'));
  await writeFile(join(folder, '.coderClaw', 'runtime.yaml'), settings(database.url, nats.url));
  return {
    folder,
    close: async () => {
      await Promise.all([nats.stop(), database.drop(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

/** One process of the deployment. */
export async function startMesh({ folder }: Backends): Promise<RunningMesh> {
  const config = loadConfig({ cwd: folder, env: {}, home: folder });
  const infra = await openInfrastructure({ config, logger: new SilentLogger() });
  const app = await createApp(infra);
  const stops: Stop[] = [await infra.liveUpdates.start()];
  const http = await listenHttp(app, { host: '127.0.0.1', port: 0 });
  stops.unshift(await startProjector(app, infra), http.close);
  return {
    url: http.url,
    app,
    gate: app.get(Gate, { strict: false }),
    close: async () => {
      for (const stop of stops) await stop();
      await infra.close();
    },
  };
}

const settings = (databaseUrl: string, natsUrl: string) => `mode: remote-enabled
database: { url: '${databaseUrl}' }
nats: { url: '${natsUrl}' }
log: { level: silent }
`;
