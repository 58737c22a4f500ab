import { SystemClock, decode, uuidv7 } from '#contract';
import type { Clock } from '#contract';
import { PERMISSIONS, compilePolicy, judge, permissionsOf, trustOf } from '#policy';
import type { AskedSkill, CompiledPolicy, IdentityProvider, Permission, PolicyLayer, Verdict } from '#policy';
import { askerOf, defectOf } from './asked-in.js';
import type { LocalUser } from './local-users.js';
import { checkedPolicy, layerOf, pathOf } from './repo-policy.js';
import { agentQuestion, permissionQuestion, resultOf, skillQuestion } from './result.js';
import type { Question } from './result.js';
import { auditFilterSchema, auditSchema, newSessionSchema } from './schemas.js';
import { prove, verifiersOf } from './sign-in.js';
import type { Verifiers } from './sign-in.js';
import { MemorySecurityStorage } from './storage.js';
import type { SecurityStorage } from './storage.js';
import type {
  AuditLogEntry,
  AuditLogFilter,
  DeviceInfo,
  PolicyCheckResult,
  RepoPolicy,
  SecurityContext,
  SessionPermissions,
  UserIdentity,
} from './types.js';

export type SecurityOptions = Readonly<{
  /** @default one in memory */
  storage?: SecurityStorage;
  /** Layers above those of repositories: the tenant's, the organization's. @default none */
  layers?: readonly PolicyLayer[];
  /** True for a program that serves only its own user: dangerous skills run with a warning. @default false */
  local?: boolean;
  /** How each provider proves who somebody is. @default only `local`, where `users` are given */
  verifiers?: Verifiers;
  /** Who may sign in by a password. */
  users?: readonly LocalUser[];
  /** Devices that are known already. Any other is untrusted. */
  devices?: readonly DeviceInfo[];
  /** Agents with the skills they declare; others declare none. */
  agents?: readonly Readonly<{ id: string; skills: readonly string[] }>[];
  /** Skills that say of themselves that they are dangerous; a policy may say it of others. */
  dangerousSkills?: readonly string[];
  /** How long a session lasts. @default 86400000 (a day) */
  sessionTtlMs?: number;
  clock?: Clock;
}>;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Who may do what, by the same rules as the runtime's own gate. It judges the context as it is handed over; every
 * check and every sign-in is audited. In memory unless given a storage.
 */
export class SecurityService {
  private readonly storage: SecurityStorage;
  private readonly clock: Clock;
  private readonly verifiers;

  /** @throws {MeshError} `invalid_request` for users that cannot sign in */
  constructor(private readonly options: SecurityOptions = {}) {
    this.storage = options.storage ?? new MemorySecurityStorage();
    this.clock = options.clock ?? new SystemClock();
    this.verifiers = verifiersOf(options.verifiers ?? {}, options.users ?? []);
  }

  /** @throws {MeshError} `unauthenticated` unless proven; `access_denied` where the policy leaves no such provider */
  async authenticateUser(provider: IdentityProvider, credentials: unknown): Promise<UserIdentity> {
    const signIn = {
      action: 'auth.sign-in',
      resourceType: 'provider',
      resourceId: provider,
    } as const;
    const policy = compilePolicy(this.options.layers ?? [], { local: this.isLocal });
    try {
      const user = await prove(this.verifiers, policy, provider, credentials);
      await this.audit({ ...signIn, userId: user.id, result: 'allowed' });
      return user;
    } catch (error) {
      await this.audit({ ...signIn, result: 'denied' });
      throw error;
    }
  }

  /** The device, seen now. One that was not seen for longer than the policy allows, or is not known, is untrusted. */
  async verifyDevice(deviceId: string): Promise<DeviceInfo> {
    const lastSeen = this.clock.now();
    const device = (await this.storage.loadDevice(deviceId)) ?? this.deviceGiven(deviceId);
    if (!device) return { id: deviceId, name: 'unknown device', trustLevel: 'untrusted', lastSeen };
    const { trustLevel: trust, lastSeen: lastSeenAt } = device;
    const policy = compilePolicy(this.options.layers ?? [], { local: this.isLocal });
    const trustLevel = trustOf(policy, { local: false, device: { trust, lastSeenAt } }, lastSeen);
    const seen = { ...device, trustLevel, lastSeen };
    await this.storage.saveDevice(seen);
    return seen;
  }

  /** A session from now on. A role that nobody knows grants nothing. @throws {MeshError} `invalid_request` */
  async createSession(userId: string, deviceId: string, roles: string[]): Promise<SessionPermissions> {
    const session = decode(newSessionSchema, { userId, deviceId, roles });
    const grantedAt = this.clock.now();
    const expiresAt = new Date(grantedAt.getTime() + (this.options.sessionTtlMs ?? DAY_MS));
    return { sessionId: uuidv7(grantedAt.getTime()), ...session, grantedAt, expiresAt };
  }

  /** What the session's roles grant together; nothing once it has expired. */
  async getEffectivePermissions(session: SessionPermissions): Promise<Permission[]> {
    if (defectOf({ session, effectivePermissions: [] }, this.clock.now())) return [];
    const granted = permissionsOf(session.roles, (await this.policyOf(session)).roles);
    return PERMISSIONS.filter((permission) => granted.has(permission));
  }

  /** May they, with this permission, do something to `resource`? */
  checkPermission(
    context: SecurityContext,
    permission: Permission,
    resource = '',
  ): Promise<PolicyCheckResult> {
    return this.check(context, permissionQuestion(permission, resource));
  }

  /** May they have this agent run, with the skills it declares? */
  checkAgentAccess(context: SecurityContext, agentId: string): Promise<PolicyCheckResult> {
    const skills = this.options.agents?.find(({ id }) => id === agentId)?.skills ?? [];
    return this.check(
      context,
      agentQuestion(
        agentId,
        skills.map((id) => this.skill(id)),
      ),
    );
  }

  /** May they use this skill directly? */
  checkSkillAccess(context: SecurityContext, skillId: string): Promise<PolicyCheckResult> {
    return this.check(context, skillQuestion(this.skill(skillId)));
  }

  /** Adds a record, with an id and the time. @throws {MeshError} `invalid_request` */
  async audit(entry: Omit<AuditLogEntry, 'id' | 'timestamp'>): Promise<AuditLogEntry> {
    const timestamp = this.clock.now();
    const record: AuditLogEntry = {
      id: uuidv7(timestamp.getTime()),
      timestamp,
      ...decode(auditSchema, entry),
    };
    await this.storage.appendAudit(record);
    return record;
  }

  /** The records that match, oldest first; with a limit, the newest so many. @throws {MeshError} `invalid_request` */
  async getAuditLog(filter: AuditLogFilter = {}): Promise<AuditLogEntry[]> {
    decode(auditFilterSchema, filter);
    return [...(await this.storage.listAudit(filter))];
  }

  /** The policy of a repository; `null` if none was set. */
  getRepoPolicy(repoPath: string): Promise<RepoPolicy | null> {
    return this.storage.loadPolicy(pathOf(repoPath));
  }

  /** Sets the policy of `policy.repoPath`; it counts from the next check on. @throws {MeshError} `invalid_request` */
  async setRepoPolicy(policy: RepoPolicy): Promise<void> {
    await this.storage.savePolicy(checkedPolicy(policy));
  }

  private async check(context: SecurityContext, question: Question): Promise<PolicyCheckResult> {
    const verdict = await this.verdictOn(context, question);
    const { session, device } = context;
    await this.audit({
      action: question.action,
      resourceType: question.resourceType,
      resourceId: question.resourceId,
      userId: session.userId,
      sessionId: session.sessionId,
      deviceId: device?.id ?? session.deviceId,
      result: verdict.allowed ? 'allowed' : 'denied',
      reason: verdict.reason,
      rule: verdict.rule,
    });
    return resultOf(verdict, question.needs);
  }

  private async verdictOn(context: SecurityContext, question: Question): Promise<Verdict> {
    const policy = await this.policyOf(context.session);
    const defect = defectOf(context, this.clock.now()) ?? strangeNeed(question);
    if (defect)
      return { ...defect, allowed: false, missing: [], policyHash: policy.hash, needsApproval: false };
    const { permissions = [], agentId, skills } = question;
    return judge(policy, { ...askerOf(context), permissions, agentId, skills });
  }

  private async policyOf({ scope: [repoPath] = [] }: SessionPermissions): Promise<CompiledPolicy> {
    const policy = repoPath === undefined ? null : await this.getRepoPolicy(repoPath);
    const above = this.options.layers ?? [];
    return compilePolicy(policy ? [...above, layerOf(policy)] : above, { local: this.isLocal });
  }

  private get isLocal(): boolean {
    return this.options.local ?? false;
  }

  private skill(id: string): AskedSkill {
    return { id, dangerous: this.options.dangerousSkills?.includes(id) ?? false };
  }

  private deviceGiven(deviceId: string): DeviceInfo | undefined {
    return this.options.devices?.find(({ id }) => id === deviceId);
  }
}

/** What is no permission is granted by nothing, not even by `admin:all`. */
function strangeNeed({ needs }: Question): Pick<Verdict, 'rule' | 'reason'> | undefined {
  const strange = needs.find((permission) => !PERMISSIONS.includes(permission));
  return strange === undefined
    ? undefined
    : { rule: 'permission', reason: `there is no permission ${strange}` };
}

/** The service of this process, in memory. */
export const globalSecurityService = new SecurityService();
