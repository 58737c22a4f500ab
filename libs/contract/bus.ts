/** Ends what it was given for. Safe to call twice. */
export type Stop = () => Promise<void>;

/**
 * Port. Messages between processes: at most once, unordered between subjects, nothing kept.
 * Whatever must not be lost is in the log; the bus only makes it fast. Payloads are JSON.
 */
export abstract class Bus {
  /** Sends and forgets. Never throws for an absent broker. */
  abstract publish(subject: string, payload: unknown): void;

  /**
   * Calls `listener` for each message on `subject` (`*` stands for one token, a last `>` for the rest). An error it
   * throws is logged, not returned. Survives a reconnect.
   */
  abstract subscribe(
    subject: string,
    listener: (payload: unknown, subject: string) => void | Promise<void>,
  ): Promise<Stop>;

  /**
   * Answers requests on `subject`. With a `queue`, one of all that share its name answers each.
   * A thrown `MeshError` reaches the requester as one; any other error as `internal`, without its text.
   */
  abstract serve(
    subject: string,
    queue: string | null,
    answer: (payload: unknown, subject: string) => Promise<unknown>,
  ): Promise<Stop>;

  /**
   * Asks and waits.
   *
   * @throws {MeshError} `unavailable` if nobody serves or the broker is away, `deadline_exceeded` after `timeoutMs`,
   *   or what the server threw
   */
  abstract request(subject: string, payload: unknown, timeoutMs: number): Promise<unknown>;

  /** Calls `listener` when the connection to the broker is lost (false) or back (true). In process: never. */
  abstract onConnection(listener: (connected: boolean) => void): void;

  /** Whether the broker is there now. */
  abstract readonly connected: boolean;

  abstract close(): Promise<void>;
}
