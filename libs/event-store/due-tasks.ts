/** A task to which something happens at a time by itself. `dueAt` is ISO 8601. */
export type DueTask = Readonly<{ taskId: string; dueAt: string }>;

/** Port. Times that are written with the commit that arms them, so that no restart forgets one. */
export abstract class DueTasks {
  /** The next ones, soonest first, whether their time has come or not. @throws {MeshError} `unavailable` */
  abstract next(limit: number): Promise<readonly DueTask[]>;
}
