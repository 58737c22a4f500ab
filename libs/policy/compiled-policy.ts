import type { ApprovalPolicy } from './approval.js';
import type { LayerName } from './layer.js';
import type { Restriction } from './restriction.js';
import type { Roles } from './roles.js';
import type { IDENTITY_PROVIDERS } from './security-schema.js';

export type IdentityProvider = (typeof IDENTITY_PROVIDERS)[number];

/** What is demanded of the people who ask, and of the devices they ask from. */
export type Rules = Readonly<{ people: readonly Restriction[]; devices: readonly Restriction[] }>;

/** The rules of a skill, and what the policy says about its danger. */
export type SkillRules = Rules &
  Readonly<{
    /** The place that calls the skill dangerous, if one does. */
    dangerous: string | undefined;
    /** The skill has an entry in the highest layer that has any; a dangerous one is used only where that is so. */
    listed: boolean;
    requiresApproval: boolean;
  }>;

/** What the use of a skill demands: declared by an agent, used directly, or dangerous, however it is used. */
export type SkillUses = Readonly<Record<'declared' | 'direct' | 'dangerous', Rules>>;

/** All layers of a policy as one, ready to be asked. Made by `compilePolicy`; nothing reads a file after that. */
export type CompiledPolicy = Readonly<{
  /** SHA-256, hex, of the canonical JSON of the layers. */
  hash: string;
  local: boolean;
  roles: Roles;
  /** Who may come in at all: these count even for what concerns only oneself. */
  users: readonly Restriction[];
  everybody: Rules;
  /** What every agent must have among its skills. */
  requiredSkills: readonly Restriction[];
  agents: ReadonlyMap<string, Rules>;
  skills: ReadonlyMap<string, SkillRules>;
  /** What using each of these skills demands. */
  skillUses: ReadonlyMap<string, SkillUses>;
  /** The highest layer with entries for skills: it says which dangerous ones are used at all. */
  listedBy: LayerName | undefined;
  /** Who may approve what, and until when. */
  approval: ApprovalPolicy;
  /** Patterns of the repositories that tasks may work on, layer by layer: all of the lists must have it. */
  repositories: readonly (readonly string[])[];
  /** How one may sign in; `undefined` restricts nothing. */
  identityProviders: ReadonlySet<IdentityProvider> | undefined;
  deviceTrust: Readonly<{ autoTrustLocal: boolean; maxUnseenDays: number | undefined }>;
}>;
