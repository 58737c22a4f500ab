/** `coderclaw/transport`: the runtime, the ways to reach one, and a task engine of one's own. */
export type {
  AgentInfo,
  HealthCheck,
  ResumeAnswer,
  RuntimeInterface,
  RuntimeMode,
  RuntimeStatus,
  SkillInfo,
  StreamOptions,
  TaskFilter,
  TaskHistoryEvent as TaskEvent,
  TaskPage,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
  TransportAdapter,
  WorkerInfo,
} from '#contract';
export { exportDeviceKey, generateDeviceKey, importDeviceKey } from '#contract/dpop';
export type { DeviceKey, PrivateJwk, PublicJwk } from '#contract/dpop';
export { ERROR_CODES, MeshError, isMeshError } from '#errors';
export type { ErrorCode, ErrorDetails } from '#errors';
export type { TaskStatus } from '#task';
export { HTTPTransportAdapter } from '#transports/http/client';
export type { HttpOptions, TokenSource } from '#transports/http/client';
export { LocalTransportAdapter } from '#transports/local/client';
export type { LocalOptions } from '#transports/local/client';
export { connect } from './connect.js';
export type { ConnectOptions } from './connect.js';
export { DistributedTaskEngine, globalTaskEngine } from './engine/engine.js';
export { MemoryTaskStorage } from './engine/storage.js';
export type { TaskStorage } from './engine/storage.js';
export { CoderClawRuntime } from './runtime.js';
