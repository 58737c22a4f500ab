export type { ICommandHandler, IQueryHandler } from '@nestjs/cqrs';
export { AccessModule } from './access.module.js';
export { canonicalJson, uuidv7, uuidv8 } from '#contract';
export { BearerGuard, CurrentActor } from './bearer.guard.js';
export { BearerStrategy } from './bearer.strategy.js';
export type { Cause, Scope } from './cause.js';
export { Gate } from './gate.service.js';
export { GuardedHandler, GuardedQueryHandler, hasDemand } from './guarded-handler.decorator.js';
export { identityMigrations } from './identity/identity.entity.js';
export { GuardedCommand, GuardedQuery } from './guarded.request.js';
export type { Demand, Verdict } from './policy.js';
export { BUILTIN_ROLES } from './roles.js';
export type { Permission } from './roles.js';
export { TokenDirectory } from './token-directory.js';

// Proofs of a device's key (RFC 9449)
export { acceptProof } from './dpop/accept-proof.js';
export type { HeaderValue } from './dpop/proof-parts.js';
export { verifyProof } from './dpop/verify-proof.js';
export type { Proof, ReceivedRequest } from './dpop/verify-proof.js';
export { MemoryUsedOnce } from './memory.used-once.js';
export { PostgresUsedOnce } from './postgres.used-once.js';
export { UsedOnce } from './used-once.js';
