import type { ArtifactStore } from '#artifacts';
import type { Bus, Clock, Feed, Logger, Stop, WakeUps, WorkerLink } from '#contract';
import type { Database, EventStore, Leadership } from '#event-store';
import type { Config } from '#platform';
import type { AgentRegistry } from '#registry';
import type { LiveUpdates } from '#streaming';

/** What every role stands on, opened once per process. */
export type Infrastructure = Readonly<{
  config: Config;
  database: Database;
  store: EventStore;
  bus: Bus;
  artifacts: ArtifactStore;
  feed: Feed;
  wakeUps: WakeUps;
  link: WorkerLink;
  liveUpdates: LiveUpdates;
  leadership: Leadership;
  agents: AgentRegistry;
  clock: Clock;
  logger: Logger;
  /** Whether people sign in to this process. */
  signsIn: boolean;
  /** Starts what publishes the log; nothing where nobody but this process reads it. */
  startRelay: () => Promise<Stop>;
  close(): Promise<void>;
}>;
