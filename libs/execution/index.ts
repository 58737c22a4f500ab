export { EchoExecutor } from './echo.js';
export { Executor } from './executor.js';
export type { ExecutionContext, Outcome } from './executor.js';
export type { RateOptions } from './output/rate-limit.js';
export { ShellExecutor } from './shell.js';
export type { ShellOptions } from './shell.js';
export { Worker } from './worker.js';
export type { WorkerOptions } from './worker.js';
