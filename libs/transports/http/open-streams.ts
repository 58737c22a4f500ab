import { MeshError } from '#errors';

/** The streams that are open now, so that a server that stops can end them: their readers resume elsewhere. */
export class OpenStreams {
  private readonly open = new Set<AbortController>();
  private stopped = false;

  get count(): number {
    return this.open.size;
  }

  /**
   * Counts a stream; `done` must be called when it ends, however it does.
   *
   * @throws {MeshError} `unavailable` when the server is stopping
   */
  begin(): Readonly<{ signal: AbortSignal; done: () => void }> {
    if (this.stopped) throw new MeshError('unavailable', 'the server is stopping', { retryAfterSeconds: 1 });
    const controller = new AbortController();
    this.open.add(controller);
    return {
      signal: controller.signal,
      done: () => {
        this.open.delete(controller);
        controller.abort();
      },
    };
  }

  /** Nest's shutdown hook: runs before the server waits for its connections. */
  onModuleDestroy(): void {
    this.stopped = true;
    for (const controller of this.open) controller.abort();
  }
}
