import type { EventMessage } from './cloud-event.js';
import type { Received } from './received.js';

/** The end of the stream as the broker tells it. A stream with another `created` is another stream. */
export type StreamEnd = Readonly<{
  created: string;
  /** Sequence number of the last message there ever was; 0 for none. */
  lastSeq: number;
  /** The last message that is there and ours; `null` where the stream is empty. */
  last: Received | null;
}>;

/** Port. The public stream, as the relay that fills it sees it. */
export abstract class PublicStream {
  abstract readonly name: string;

  /**
   * Looks at the end; makes the stream where there is none.
   *
   * @throws {MeshError} `unavailable`
   */
  abstract look(): Promise<StreamEnd>;

  /**
   * Puts all of `messages`, in order, behind the message `afterSeq`, which must be the last. A prefix of them may have
   * been stored when this throws.
   *
   * @param emptied the messages that were there are gone, but the broker may remember their ids and must not mind

   * @throws {MeshError} `version_conflict` if another message was last; `unavailable` if the outcome is unknown
   */
  abstract publish(messages: readonly EventMessage[], afterSeq: number, emptied?: boolean): Promise<void>;

  /** Calls `listener` when the broker is back after a loss. */
  abstract onReconnect(listener: () => void): () => void;

  /** Removes the stream, so that all of the log is published again. */
  abstract remove(): Promise<void>;
}
