import { MeshError } from '#errors';
import type { Task } from '#task';

const DAY_MS = 24 * 60 * 60 * 1000;

export type Gone = Readonly<{
  taskId: string;
  name: string;
  task: Pick<Task, 'artifacts' | 'completedAt'> | null;
  /** How many days artifacts are kept; 0 is for ever. */
  days: number;
  now: Date;
}>;

/** Why there is nothing to download: it never was there, it was kept as long as we keep things, or it is lost. */
export function goneArtifact({ taskId, name, task, days, now }: Gone): MeshError {
  if (!task?.artifacts?.some((left) => left.name === name))
    return missing(
      `task ${taskId} has no artifact of that name`,
      'GET /v1/tasks/:id lists the artifacts it has',
    );
  const overForMs = now.getTime() - Date.parse(task.completedAt ?? now.toISOString());
  if (days > 0 && overForMs >= days * DAY_MS)
    return missing(
      `artifact ${JSON.stringify(name)} was removed after ${days} days`,
      'run the task again, or have an operator keep artifacts longer (artifacts.retentionDays)',
    );
  return missing(
    `artifact ${JSON.stringify(name)} is not there any more`,
    'the task left it: an operator can see whether artifacts.store or artifacts.dir was changed, or it was removed by hand',
  );
}

const missing = (message: string, hint: string) =>
  new MeshError('not_found', message, { field: 'name', hint });
