import type { TaskUpdateEvent } from '#contract';

export type UpdateListener = (update: TaskUpdateEvent) => unknown;

/** Who wants to hear of which task. A listener that throws harms neither the task nor other listeners. */
export class Watchers {
  private readonly listeners = new Map<string, Set<UpdateListener>>();

  /** @returns ends the watch; safe to call twice */
  watch(taskId: string, callback: UpdateListener): () => void {
    const ofTask = this.listeners.get(taskId) ?? new Set();
    const listener: UpdateListener = (update) => callback(update); // the same callback may watch twice
    this.listeners.set(taskId, ofTask.add(listener));
    return () => {
      ofTask.delete(listener);
      if (ofTask.size === 0 && this.listeners.get(taskId) === ofTask) this.listeners.delete(taskId);
    };
  }

  tell(update: TaskUpdateEvent): void {
    for (const listener of this.listeners.get(update.taskId) ?? []) tellOne(listener, update);
  }
}

function tellOne(listener: UpdateListener, update: TaskUpdateEvent): void {
  try {
    Promise.resolve(listener(update)).catch(warn);
  } catch (error) {
    warn(error);
  }
}

/** Seen, but not fatal: the task has moved on whatever its listener makes of it. */
const warn = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error), { type: 'TaskListenerWarning' });
