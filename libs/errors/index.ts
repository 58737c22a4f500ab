export { messageOf } from './message-of.js';
export { ERROR_CODES, MeshError, isMeshError } from './mesh-error.js';
export type { ErrorCode, ErrorDetails } from './mesh-error.js';
