import type { Permission } from '#policy';

/** Whose a thing is, seen from the caller. */
export type Relation =
  /** Of the caller's session; for what sessions do not own, of the caller. */
  | 'own'
  /** Of another session of the same user. */
  | 'sibling'
  /** Of another user of the same tenant. */
  | 'neighbour'
  /** Of another tenant. */
  | 'foreign'
  /** There is no such thing. */
  | 'missing';

/** What routes are about. `artifact`: a task that left one. `approval`: a task that waits for one. `context`: a session as the place to submit into. */
export type Kind =
  | 'task'
  | 'artifact'
  | 'approval'
  | 'context'
  | 'session'
  | 'memory'
  | 'device'
  | 'token'
  | 'user'
  | 'schedule';

type Near = Exclude<Relation, 'foreign' | 'missing'>;

/**
 * Who sees what, as security.md says it: everybody (`true`), who is granted a permission, or nobody (`false`). A relation
 * that is left out does not exist for the kind. Other tenants' things and missing ones nobody sees.
 */
const SIGHT: Readonly<Record<Kind, Readonly<Partial<Record<Near, Permission | boolean>>>>> = {
  task: { own: true, sibling: 'session:manage', neighbour: 'session:manage' },
  artifact: { own: true, sibling: 'session:manage', neighbour: 'session:manage' },
  approval: { own: true, sibling: 'session:manage', neighbour: 'session:manage' },
  context: { own: true, sibling: 'session:manage', neighbour: 'session:manage' },
  memory: { own: true, sibling: false, neighbour: false },
  session: { own: true, sibling: true, neighbour: 'session:manage' },
  token: { own: true, sibling: true, neighbour: 'admin:all' },
  schedule: { own: true, neighbour: 'session:manage' },
  device: { own: true, neighbour: 'admin:all' },
  user: { own: true, neighbour: 'admin:all' },
};

export const relationsOf = (kind: Kind): readonly Relation[] => [
  ...(Object.keys(SIGHT[kind]) as Near[]),
  'foreign',
  'missing',
];

/** What it takes to see it. */
export const sightOf = (kind: Kind, relation: Relation): Permission | boolean =>
  relation === 'foreign' || relation === 'missing' ? false : (SIGHT[kind][relation] ?? false);
