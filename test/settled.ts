import { expect, vi } from 'vitest';
import { ORIGIN } from '#contract';
import type { EventStore, LogName } from '#event-store';

/**
 * Waits until the log's tail tells all that was committed. A transaction under way anywhere on the database server holds
 * it back, and `create database` for another spec is one.
 */
export async function settled(log: EventStore, name: LogName = 'commits'): Promise<void> {
  await vi.waitFor(async () => {
    const { cursor } = await log.head(ORIGIN, name);
    expect((await log.head(cursor, name)).behind).toBe(0);
  }, 20_000);
}
