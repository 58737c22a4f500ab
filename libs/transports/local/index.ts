export { GateRuntime } from './gate-runtime.js';
export type { GateRuntimeOptions } from './gate-runtime.js';
