/** The product as it is shipped: built, started as processes of its own, killed for real. */
export { aDeployment } from './mesh/deployment.js';
export type { Deployment, Started } from './mesh/deployment.js';
export { eventually } from './mesh/eventually.js';
export { checkRecord } from './mesh/check-record.js';
export { CLI } from './mesh/mesh-process.js';
export type { MeshProcess } from './mesh/mesh-process.js';
export { fetchAs, headersOf, send } from './mesh/member.js';
export type { Member } from './mesh/member.js';
export { newMember, newTenantsAdmin } from './mesh/membership.js';
