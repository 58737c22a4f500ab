import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gate, SetLimits } from '#access';
import type { Limits } from '#access';
import { BusWorkerLink, SilentLogger, WakeUps } from '#contract';
import type { FeedEvent, Stop } from '#contract';
import { SubmitTask } from '#commands';
import { PostgresEventStore } from '#event-store';
import { loadConfig } from '#platform';
import { WorkerPort } from '#scheduling';
import { InProcessBus, LiveUpdates, LogTailFeed } from '#streaming';
import { isFinal } from '#task';
import { wholeLog } from '#test/running-tasks';
import type { Infrastructure } from './infrastructure.js';
import { localActor } from './local-actor.js';
import { openInfrastructure } from './open-infrastructure.js';
import { startProjector } from './projector.role.js';
import { createApp } from './serve.app.js';
import { startWorker } from './worker-role.js';

/** The whole product in this process, on a database in memory, with the log to look into. */
export async function openInProcessMesh() {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-in-process-'));
  const flags = { log: { level: 'silent' }, worker: { slots: 20, drainMs: 0 } } as const;
  const config = loadConfig({ cwd: folder, env: {}, home: folder, flags });
  const infra = await openInfrastructure({ config, logger: new SilentLogger(), inMemory: true });
  const stops: Stop[] = [infra.close, async () => rmSync(folder, { recursive: true, force: true })];
  const gate = await lead(infra, stops, (app) => startProjector(app, infra));
  const submit = async (sessionId: string, more: object = {}): Promise<string> => {
    const request = { description: 'd', input: 'i', agentId: 'echo', sessionId, ...more };
    return (await gate.execute(localActor(), new SubmitTask(request))).state.id;
  };
  return {
    store: infra.store,
    gate,
    submit,
    /** Resolves with the log's tasks when all of these have ended. */
    ended: async (taskIds: readonly string[]): Promise<readonly FeedEvent[]> => {
      for (const taskId of taskIds) await isOver(infra, taskId);
      return wholeLog(infra.store);
    },
    limit: (limits: Limits) => gate.execute(localActor(), new SetLimits(limits)),
    /** Another process on the same database, which takes itself for the leader as well, with a worker of its own. */
    anotherLeader: () => lead(besides(infra), stops, (app) => app.get(WorkerPort, { strict: false }).start()),
    close: async () => {
      for (const stop of stops) await stop();
    },
  };
}

type App = Awaited<ReturnType<typeof createApp>>;

/** Schedules, and runs a worker; what is started last is stopped first. */
async function lead(
  infra: Infrastructure,
  stops: Stop[],
  schedule: (app: App) => Promise<Stop>,
): Promise<Gate> {
  const app = await createApp(infra);
  stops.unshift(() => app.close());
  stops.unshift(await infra.liveUpdates.start());
  stops.unshift(await schedule(app));
  stops.unshift(await startWorker(infra.config, infra));
  return app.get(Gate, { strict: false });
}

function besides(infra: Infrastructure): Infrastructure {
  const bus = new InProcessBus();
  const store = new PostgresEventStore(infra.database);
  const wakeUps = new WakeUps(bus);
  const feed = new LogTailFeed(store, wakeUps);
  const liveUpdates = new LiveUpdates(store, feed, { logger: infra.logger });
  const worker = { ...infra.config.worker, id: 'another' };
  const config = { ...infra.config, worker };
  return { ...infra, config, bus, store, wakeUps, feed, liveUpdates, link: new BusWorkerLink(bus) };
}

async function isOver({ liveUpdates }: Infrastructure, taskId: string): Promise<void> {
  for await (const { status } of liveUpdates.watchUpdates(taskId)) if (isFinal(status)) return;
}
