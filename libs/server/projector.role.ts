import type { INestApplicationContext } from '@nestjs/common';
import type { Stop } from '#contract';
import { ProjectionRunner } from '#read-models';
import { EndedSessions, OldArtifacts, Tidying, Timers, WorkerPort } from '#scheduling';
import type { Infrastructure } from './infrastructure.js';

/** Publishes the log, builds the read models, schedules: in one process at a time, wherever it is started. */
export function startProjector(app: INestApplicationContext, infra: Infrastructure): Promise<Stop> {
  const projections = app.get(ProjectionRunner, { strict: false });
  const workerPort = app.get(WorkerPort, { strict: false });
  const endedSessions = app.get(EndedSessions, { strict: false });
  const timers = app.get(Timers, { strict: false });
  const tidying = app.get(Tidying, { strict: false });
  const oldArtifacts = app.get(OldArtifacts, { strict: false });
  return infra.leadership.campaign('projector', async () => {
    const stopRelay = await infra.startRelay();
    const stopScheduling = await workerPort.start();
    const stopTimers = await timers.start();
    const stopEnding = endedSessions.start();
    const stopTidying = tidying.start();
    const stopRemoving = oldArtifacts.start();
    projections.start();
    return async () => {
      await stopEnding();
      await stopTidying();
      await stopRemoving();
      await stopTimers();
      await stopScheduling();
      await projections.stop();
      await stopRelay();
    };
  });
}
