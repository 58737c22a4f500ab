import type {
  AgentInfo,
  ResumeAnswer,
  RuntimeInterface,
  RuntimeStatus,
  SkillInfo,
  StreamOptions,
  TaskFilter,
  TaskHistoryEvent,
  TaskPage,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
} from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { backoffMs, pause } from './client-backoff.js';
import { request, requestJson } from './client-request.js';
import type { Call, HttpOptions } from './client-request.js';
import { followUpdates } from './client-stream.js';
import { HEADERS, paths } from './wire.js';

export { authorize } from './client-authorization.js';
export type { TokenSource } from './client-authorization.js';
export type { HttpOptions } from './client-request.js';

const SUBMIT_TRIES = 5;

/** The runtime of a server, over HTTP and server-sent events. Runs in Node and in browsers. */
export class HTTPTransportAdapter implements RuntimeInterface {
  private readonly closed = new AbortController();

  constructor(private readonly options: HttpOptions) {
    if (!/^https?:\/\//.test(options.baseUrl)) {
      throw new MeshError('invalid_request', `"${options.baseUrl}" is no http:// or https:// address`, {
        field: 'baseUrl',
      });
    }
  }

  /** Carries an idempotency key, its own if you gave none, so that repeating it after a cut makes no second task. */
  async submitTask(asked: TaskSubmitRequest): Promise<TaskState> {
    const body = { ...asked, idempotencyKey: asked.idempotencyKey ?? newKey() };
    for (let failures = 0; ; failures++) {
      try {
        return await this.post<TaskState>(paths.tasks, body);
      } catch (error) {
        if (!isMeshError(error, 'unavailable') || failures + 1 >= SUBMIT_TRIES || this.closed.signal.aborted)
          throw error;
        await pause(backoffMs(failures, error), this.closed.signal);
      }
    }
  }

  getTaskState(taskId: string): Promise<TaskState | null> {
    return unless<TaskState | null>(['not_found'], null, this.get<TaskState>(paths.task(taskId)));
  }

  streamTaskUpdates(taskId: string, options: StreamOptions = {}): AsyncIterableIterator<TaskUpdateEvent> {
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.closed.signal])
      : this.closed.signal;
    const connect = (after: number, ended: AbortSignal) => {
      const resume = after > 0 ? { [HEADERS.lastEventId]: String(after) } : {};
      const headers = { accept: 'text/event-stream', 'cache-control': 'no-store', ...resume };
      return request(this.options, paths.stream(taskId), { headers, signal: ended }, (response) => response);
    };
    return followUpdates(connect, { ...options, signal });
  }

  cancelTask(taskId: string, reason?: string): Promise<boolean> {
    const cancelled = this.post(paths.cancel(taskId), { reason }).then(() => true);
    return unless(['not_found', 'illegal_transition'], false, cancelled);
  }

  async listAgents(): Promise<AgentInfo[]> {
    return (await this.get<{ agents: AgentInfo[] }>(paths.agents)).agents;
  }

  async listSkills(): Promise<SkillInfo[]> {
    return (await this.get<{ skills: SkillInfo[] }>(paths.skills)).skills;
  }

  getStatus(): Promise<RuntimeStatus> {
    return this.get<RuntimeStatus>(paths.status);
  }

  listTasks(filter: TaskFilter = {}): Promise<TaskPage> {
    return this.get<TaskPage>(paths.tasks, filter);
  }

  async getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]> {
    return (await this.get<{ events: TaskHistoryEvent[] }>(paths.events(taskId))).events;
  }

  pauseTask(taskId: string): Promise<TaskState> {
    return this.post<TaskState>(paths.pause(taskId), {});
  }

  resumeTask(taskId: string, answer: ResumeAnswer = {}): Promise<TaskState> {
    return this.post<TaskState>(paths.resume(taskId), answer);
  }

  /** Ends the streams and the waits; the connections are the platform's. */
  async close(): Promise<void> {
    this.closed.abort();
  }

  private get<Answer>(path: string, query: Call['query'] = {}): Promise<Answer> {
    return requestJson<Answer>(this.options, path, { query });
  }

  private post<Answer>(path: string, body: object): Promise<Answer> {
    return requestJson<Answer>(this.options, path, { method: 'POST', body });
  }
}

/** The answer, or `instead` if it was refused with one of the codes. */
async function unless<Answer>(
  codes: readonly ErrorCode[],
  instead: Answer,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (isMeshError(error) && codes.includes(error.code)) return instead;
    throw error;
  }
}

/** 128 random bits. (`randomUUID` is missing in pages that were not loaded over TLS.) */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
