import type { Actor } from '#contract';
import type { Verdict } from '#policy';
import type { Demand } from './demand.js';

type Denial = Pick<Verdict, 'rule' | 'missing'>;

const mayChange = ({ rule }: Denial): string => `whoever may change the policy decides that: ${rule}`;

const roles = ({ missing }: Denial): string =>
  `ask an admin for a role that grants ${missing.join(', ') || 'it'}`;

const rolesListed = ({ rule }: Denial): string =>
  `sign in with another of your roles, or ask an admin for one that ${rule} lets in`;

const device = ({ missing }: Denial): string =>
  missing.includes('trust:trusted')
    ? 'ask an admin to trust this device: `coderclaw device list` shows its id, `coderclaw device trust <id>` does it'
    : 'enrol the key of this machine: `coderclaw device enroll`; a client of your own signs its requests, see docs/devices.md';

const danger = (denial: Denial): string =>
  denial.missing.length > 0
    ? device(denial)
    : `whoever may change the policy allows it with an entry in skillPolicies${exactly(denial)}`;

/** The line to add, and where. */
function exactly({ rule }: Denial): string {
  const skillId = /\[([^\]]*)\]\.dangerous$/.exec(rule)?.[1];
  const places = '.coderClaw/security.yaml of the server, or in what `coderclaw policy set` is given';
  return skillId === undefined ? '' : `, \`- { skillId: ${skillId} }\`, in ${places}`;
}

/** What whoever was denied can do about it, by the last part of the rule that decided. */
const WAY_OUT: ReadonlyMap<string, (denial: Denial) => string> = new Map([
  ['roles', roles],
  ['requiredPermissions', roles],
  [
    'scope',
    ({ missing }) =>
      `use a token or a session that is for ${missing.join(', ')}: \`coderclaw token create <name> --scope ${missing.join(',')}\``,
  ],
  ['allowedRoles', rolesListed],
  ['deniedRoles', rolesListed],
  ['allowedUsers', mayChange],
  ['deniedUsers', mayChange],
  ['enforceTrust', device],
  ['minimumTrustLevel', device],
  ['minimumLevel', device],
  ['requireDeviceTrust', device],
  ['trustLevel', device],
  ['dangerous', danger],
  ['requiredSkills', () => 'choose another agent: `coderclaw agents list`'],
  ['deniedSkills', () => 'choose an agent without this skill: `coderclaw agents list`'],
  ['operators', () => 'ask those who run this deployment'],
  ['no-demand', () => 'this is a defect: nobody is let in until it has an access rule; please report it'],
  ['internal:worker', () => 'only a worker asks for this'],
  ['internal:system', () => 'only the runtime itself asks for this'],
]);

/** What the flags of `policy explain` cannot say, or what its steps would add nothing to. */
const UNEXPLAINED: ReadonlySet<string> = new Set(['scope', 'allowedUsers', 'deniedUsers', 'operators']);

/** Who was denied what. */
export type Denied = Readonly<{ actor: Actor; demand: Demand | undefined; defaultAgent: string }>;

/** What to do next after a denial: what is missing, and how to see every step of the policy. */
export function wayOut(denial: Denial, denied: Denied): string {
  const place = lastPartOf(denial.rule);
  const way = (WAY_OUT.get(place) ?? mayChange)(denial);
  const steps = UNEXPLAINED.has(place) ? undefined : explainCommand(denied);
  return steps === undefined ? way : `${way}; whoever has config:read sees why with \`${steps}\``;
}

/** `repository.agentPolicies[a.b].deniedRoles` is about `deniedRoles`. */
const lastPartOf = (rule: string): string => rule.replaceAll(/\[[^\]]*\]/g, '').replace(/^.*\./, '');

function explainCommand({ actor, demand, defaultAgent }: Denied): string | undefined {
  if (!demand || 'internal' in demand) return undefined;
  const { permissions, invokes } = demand;
  const asked = [
    ...(permissions.length > 0 ? ['--permission', permissions.join(',')] : []),
    ...(invokes ? ['--agent', invokes.agentId ?? defaultAgent] : []),
  ];
  if (asked.length === 0) return undefined;
  const { id, roles: held, trust } = actor;
  const asker = ['--as', id, ...(held.length > 0 ? ['--role', held.join(',')] : []), '--trust', trust];
  return ['coderclaw', 'policy', 'explain', ...asked, ...asker].map(asWord).join(' ');
}

/** As one word to a shell. */
const asWord = (text: string): string =>
  /^[\w.,:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
