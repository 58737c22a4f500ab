import type { Recorded, TaskEvent } from './events.js';

/** An event in its place in a history. Key by key, as in `merged`: every event comes this way. */
export const recordedAs = (
  { type, data }: TaskEvent,
  { version, at, author }: Pick<Recorded, 'version' | 'at' | 'author'>,
): Recorded => ({ type, data, version, at, author }) as Recorded;
