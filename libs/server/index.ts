export { initialise, issueSetupToken } from './initialise.js';
export { openLocalRuntime } from './open-local-runtime.js';
export type { LocalRuntimeOptions } from './open-local-runtime.js';
export type { Role } from './roles.js';
export { openInfrastructure } from './open-infrastructure.js';
export { startProjector } from './projector.role.js';
export { sandboxProbes } from './sandbox-probes.js';
export { createApp, serve } from './serve.app.js';
export type { ServeOptions, Serving } from './serve.app.js';
