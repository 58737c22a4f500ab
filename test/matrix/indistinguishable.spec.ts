import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SetPolicy } from '#access';
import { Casting, OTHER_TENANT, TENANTS, director } from './cast.js';
import type { Caller } from './cast.js';
import { send } from './http.transport.js';
import { requestOf } from './http.requests.js';
import { medianOf } from './median.js';
import { POLICIES } from './policies.table.js';
import { ROWS } from './routes.table.js';
import type { Row } from './routes.table.js';
import { openBackends, startMesh } from './running-mesh.js';
import type { Backends, RunningMesh } from './running-mesh.js';
import { relationsOf, sightOf } from './sight.table.js';
import type { Kind, Relation } from './sight.table.js';
import { Things } from './things.js';
import type { Target } from './things.js';

const ABOUT_A_THING = ROWS.filter((row): row is Row & { of: Kind } => row.of !== undefined);

/** One reading and one changing route of each kind of thing; all ask the same question before anything else. */
const MEASURED: ReadonlySet<string> = new Set([
  'GET /v1/tasks/:id',
  'POST /v1/tasks/:id/cancel',
  'POST /v1/tasks#into a session',
  'DELETE /v1/sessions/:id',
  'GET /v1/sessions/:id/memory/:key',
  'DELETE /v1/devices/:id',
  'DELETE /v1/tokens/:id',
  'GET /v1/users/:id/roles',
]);

const SAMPLES = 240;
const WARMING = 60;
/** Two medians of the same thing differ by less than one of these, on a machine that does other work as well. */
const BOUND = { ratio: 0.25, ms: 0.5 };

/** In which relations to them a thing is hidden from a developer, who oversees nothing. */
const hiddenOf = (kind: Kind): readonly Relation[] =>
  relationsOf(kind).filter((relation) => sightOf(kind, relation) !== true);

describe('a thing that the caller may not see', () => {
  let backends: Backends;
  let mesh: RunningMesh;
  let developer: Caller;
  let things: Things;

  beforeAll(async () => {
    backends = await openBackends();
    mesh = await startMesh(backends);
    const casting = new Casting(mesh.app);
    await casting.found(OTHER_TENANT);
    for (const tenant of TENANTS)
      await mesh.gate.execute(director(tenant), new SetPolicy(POLICIES[0]?.document ?? {}));
    // A bearer, so that no signing of the caller's own disturbs the measurement.
    developer = await casting.person({ tenant: 'default', roles: ['developer'], trust: 'untrusted' });
    things = await Things.in(mesh.app, casting);
  }, 120_000);
  afterAll(async () => {
    await mesh?.close();
    await backends?.close();
  }, 60_000);

  const wishes = { policy: () => ({}), neighbourOf: (caller: Caller) => things.neighbourOf(caller) };

  async function answerTo(row: Row, target: Target) {
    const response = await send(
      mesh.url,
      await requestOf(row.route, { caller: developer, target, wishes }),
      developer,
    );
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** All that an answer says, but for the names of the thing and of the request. */
  async function told(row: Row, target: Target): Promise<unknown> {
    const { status, headers, text } = await answerTo(row, target);
    const requestId = headers.get('x-request-id') ?? 'no id';
    const said = [...headers].filter(([name]) => name !== 'date' && name !== 'content-length');
    const named = JSON.stringify({ status, said, text });
    return named.replaceAll(target.id, '<id>').replaceAll(requestId, '<request>');
  }

  it.each(ABOUT_A_THING)('is for $route the same as one that is not there', async (row) => {
    const relations = hiddenOf(row.of);
    expect(relations.length).toBeGreaterThan(1);
    const targets = await Promise.all(
      relations.map((relation) => things.of(row.of, relation, developer, false)),
    );
    const answers = await Promise.all(targets.map((target) => told(row, target)));
    expect(answers[0]).toContain('"status":404');
    expect(new Set(answers)).toEqual(new Set([answers[0]]));
  });

  it.each(ABOUT_A_THING.filter(({ route }) => MEASURED.has(route)))(
    'takes $route as long as one that is not there',
    async (row) => {
      const relations = hiddenOf(row.of);
      const samples = new Map<Relation, number[]>(relations.map((relation) => [relation, []]));
      for (let round = -WARMING; round < SAMPLES; round++) {
        for (const relation of rotated(relations, round)) {
          // What is not there is another each time, as no memory has it; the others are the same, as some may.
          const target = await things.of(row.of, relation, developer, relation === 'missing');
          const start = performance.now();
          await answerTo(row, target);
          if (round >= 0) samples.get(relation)?.push(performance.now() - start);
        }
      }
      const missing = medianOf(samples.get('missing') ?? []);
      const others = relations.filter((relation) => relation !== 'missing');
      const slower = others
        .map((relation) => ({ relation, ms: medianOf(samples.get(relation) ?? []), missing }))
        .filter(({ ms }) => Math.abs(ms - missing) > Math.max(BOUND.ms, BOUND.ratio * missing));
      expect(slower).toEqual([]);
    },
    120_000,
  );
});

/** In another order each round: whoever comes after somebody slow has no disadvantage. */
const rotated = <Item>(items: readonly Item[], by: number): readonly Item[] => {
  const at = ((by % items.length) + items.length) % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
};
