export { initialise, issueSetupToken } from './initialise.js';
export { openLocalRuntime } from './open-local-runtime.js';
export type { LocalRuntimeOptions } from './open-local-runtime.js';
export type { Role } from './roles.js';
export { serve } from './serve.app.js';
export type { ServeOptions, Serving } from './serve.app.js';
