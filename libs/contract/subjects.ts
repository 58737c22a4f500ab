import { MeshError } from '#errors';
import type { TaskEventType } from '#task';

/** Every subject on the broker is built here, from ids that cannot split or widen one. */
export const subjects = {
  event: (tenant: string, sessionId: string, taskId: string, type: TaskEventType) =>
    `events.${token(tenant)}.${token(sessionId)}.${token(taskId)}.${type}`,
  allEvents: 'events.>',
  beat: (workerId: string) => `rpc.worker.v1.${token(workerId)}.beat`,
  report: (workerId: string) => `rpc.worker.v1.${token(workerId)}.report`,
  skill: (workerId: string) => `rpc.worker.v1.${token(workerId)}.skill`,
  record: (workerId: string) => `rpc.worker.v1.${token(workerId)}.record`,
  artifact: (workerId: string) => `rpc.worker.v1.${token(workerId)}.artifact`,
  artifactPut: (workerId: string) => `rpc.worker.v1.${token(workerId)}.artifact-put`,
  anyBeat: 'rpc.worker.v1.*.beat',
  anyReport: 'rpc.worker.v1.*.report',
  anySkill: 'rpc.worker.v1.*.skill',
  anyRecord: 'rpc.worker.v1.*.record',
  anyArtifact: 'rpc.worker.v1.*.artifact',
  anyArtifactPut: 'rpc.worker.v1.*.artifact-put',
  lease: (workerId: string) => `lease.${token(workerId)}`,
  cancel: (workerId: string) => `cancel.${token(workerId)}`,
  wake: (topic: WakeTopic) => `wake.${topic}`,
  accessChanged: 'wake.access',
} as const;

/** What a process can be woken for: new commits, or a change to who may run what. */
export type WakeTopic = 'log' | 'queue';

/** The worker's id in `rpc.worker.v1.<workerId>.<method>`. */
export const workerOf = (subject: string): string => subject.split('.')[3] ?? '';

/** @throws {MeshError} `invalid_request` for an id that would split a subject, widen it, or hide in it */
export function token(id: string): string {
  if (id === '' || /[.*>\s\p{Cc}\p{Cs}]/u.test(id)) {
    throw new MeshError(
      'invalid_request',
      `"${id}" cannot be part of a subject (no ".", "*", ">", space or control character)`,
    );
  }
  return id;
}
