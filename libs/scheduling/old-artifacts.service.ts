import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ArtifactRetention, ArtifactStore } from '#artifacts';
import { Clock, Logger } from '#contract';
import type { Stop } from '#contract';
import { messageOf } from '#errors';
import { NeededArchives } from '#event-store';
import { Background } from './background.js';
import { Schedules } from './schedules/schedules.service.js';

const EVERY_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Removed in one go; others that want the disk or the broker come in between. */
const BATCH = 100;
const BETWEEN_BATCHES_MS = 200;

/** Which archives are still to be worked on: by tasks that are not over, and by schedules. */
@Injectable()
export class ArchivesInUse {
  constructor(
    private readonly ofTasks: NeededArchives,
    private readonly ofSchedules: Schedules,
  ) {}

  async all(): Promise<ReadonlySet<string>> {
    const [tasks, schedules] = await Promise.all([this.ofTasks.all(), this.ofSchedules.archives()]);
    return new Set([...tasks, ...schedules]);
  }
}

/**
 * Removes artifacts and archives that nobody has put or named for as many days as they are kept: their tasks are over. What
 * is removed is looked at again in that moment, so that it does no harm to begin anew after a crash, or to be two.
 */
@Injectable()
export class OldArtifacts {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly retention: ArtifactRetention,
    private readonly inUse: ArchivesInUse,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** At once, and every hour. What fails is tried again the next time. */
  start(): Stop {
    const stopping = new AbortController();
    const rounds = new Background(
      () => this.round(stopping.signal),
      (error) => this.logger.warn('old artifacts will be removed later', { error: messageOf(error) }),
    );
    const stopRounds = rounds.every(EVERY_MS);
    return async () => {
      stopping.abort();
      await stopRounds();
    };
  }

  private async round(stopping: AbortSignal): Promise<void> {
    await this.artifacts.sweep();
    const { days } = this.retention;
    if (days === 0 || stopping.aborted) return;
    const removed = await this.removeUnusedSince(
      new Date(this.clock.now().getTime() - days * DAY_MS),
      stopping,
    );
    if (removed.artifacts > 0)
      this.logger.info('artifacts were removed that nobody used', { ...removed, days });
  }

  /** Who submits names an archive after it counts as used: what was read before, and then is not in use, stays so. */
  private async removeUnusedSince(since: Date, stopping: AbortSignal) {
    let inUse: ReadonlySet<string> | null = null;
    let [artifacts, bytes] = [0, 0];
    for await (const unused of this.artifacts.unusedSince(since)) {
      if (stopping.aborted) break;
      inUse ??= await this.inUse.all();
      if (inUse.has(unused.digest) || !(await unused.remove())) continue;
      artifacts += 1;
      bytes += unused.bytes;
      if (artifacts % BATCH === 0)
        await pause(BETWEEN_BATCHES_MS, undefined, { signal: stopping }).catch(() => {});
    }
    return { artifacts, bytes };
  }
}
