/** `coderclaw/security`: who may do what, by the runtime's own rules, in a process of one's own. */
export { BUILTIN_ROLES } from '#policy';
export type { IdentityProvider, Permission, PolicyLayer, Role } from '#policy';
export type { LocalUser, ProvenUser, Verifier } from './security/local-users.js';
export { SecurityService, globalSecurityService } from './security/service.js';
export type { SecurityOptions } from './security/service.js';
export type { Verifiers } from './security/sign-in.js';
export { MemorySecurityStorage } from './security/storage.js';
export type { SecurityStorage } from './security/storage.js';
export type {
  AgentAuthorization,
  AuditLogEntry,
  AuditLogFilter,
  DeviceInfo,
  DeviceTrustLevel,
  PolicyCheckResult,
  RepoPolicy,
  SecurityContext,
  SessionPermissions,
  SkillPrivileges,
  UserIdentity,
} from './security/types.js';
