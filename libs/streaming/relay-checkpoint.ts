import type { Cursor } from '#contract';

/** How far the relay was when it last wrote it down, and in which stream. */
export type RelayMark = Readonly<{ created: string; lastSeq: number; cursor: Cursor }>;

/**
 * Port. Only needed to tell a stream whose events have all aged out, which goes on where it was, from one that is new,
 * which gets everything; otherwise the last message of the stream says where it ends. May lag: what is published twice
 * has the same id.
 */
export abstract class RelayCheckpoint {
  abstract load(stream: string): Promise<RelayMark | null>;
  abstract save(stream: string, mark: RelayMark): Promise<void>;
}

/** Forgets with the process. */
export class MemoryRelayCheckpoint extends RelayCheckpoint {
  private readonly marks = new Map<string, RelayMark>();

  override async load(stream: string): Promise<RelayMark | null> {
    return this.marks.get(stream) ?? null;
  }

  override async save(stream: string, mark: RelayMark): Promise<void> {
    this.marks.set(stream, mark);
  }
}
