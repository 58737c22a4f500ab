import { DEFAULT_TENANT } from '#contract';
import type { TrustLevel } from '#contract';
import type { Permission } from '#policy';
import type { TestedPolicy } from './policies.table.js';
import { isGranted, isTrusted } from './roles.table.js';
import type { RoleName } from './roles.table.js';
import type { Row } from './routes.table.js';
import { sightOf } from './sight.table.js';
import type { Relation } from './sight.table.js';

/** Who asks, as far as it decides. */
export type Standing = Readonly<{
  tenant: string;
  roles: readonly RoleName[];
  trust: TrustLevel;
  scope?: readonly string[] | undefined;
  machine: boolean;
}>;

/** How a request ends: as asked, or for want of a sign-in (401), a right (403), sight (404), the right moment (409). */
export type Outcome = 'done' | 'not signed in' | 'denied' | 'hidden' | 'conflict';

type Asked = Readonly<{ row: Row; who: Standing | null; relation: Relation | null; policy: TestedPolicy }>;

/** What the tables say of a request. */
export function expected(asked: Asked): Outcome {
  const { row, who } = asked;
  if (row.needs === 'no sign-in') return 'done';
  if (!who) return 'not signed in';
  const sight = sightFor(asked);
  if (sight === false || (sight !== true && !isGranted(sight, who))) return 'hidden';
  const overseeing: readonly Permission[] = sight === true ? [] : [sight];
  if (isDenied({ ...asked, who }, [...row.needs, ...overseeing])) return 'denied';
  return row.answers ?? 'done';
}

const sightFor = ({ row, relation }: Asked): Permission | boolean =>
  row.of && relation ? sightOf(row.of, relation) : true;

const isDenied = (asked: Asked & Readonly<{ who: Standing }>, needs: readonly Permission[]): boolean =>
  isRefused(needs, asked) || (asked.who.machine && isRefusedToMachines(asked.row, asked.who, asked.relation));

/** What takes no permission is one's own business, and open to every device. */
function isRefused(
  needs: readonly Permission[],
  { row, who, policy }: Readonly<{ row: Row; who: Standing; policy: TestedPolicy }>,
): boolean {
  if (row.operators && who.tenant !== DEFAULT_TENANT) return true;
  if (!needs.every((permission) => isGranted(permission, who))) return true;
  if (needs.length > 0 && !isTrusted(who.trust, policy.least)) return true;
  if (!row.invokes) return false;
  const agent = policy.agents[row.invokes];
  if (row.invokes === 'shell' && !isGranted('skill:execute', who)) return true;
  return agent === 'never' || !isTrusted(who.trust, agent);
}

/** A machine's token ends itself, and whatever else it is granted to oversee. */
function isRefusedToMachines({ machines, of }: Row, who: Standing, relation: Relation | null): boolean {
  if (machines !== 'itself' || !of) return machines === 'refused';
  const oversight = sightOf(of, 'neighbour');
  return relation !== 'own' && !(typeof oversight === 'string' && isGranted(oversight, who));
}
