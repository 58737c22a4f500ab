import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GateRuntime } from '#transports/local';
import { SetPolicy } from '#access';
import { Casting, TENANTS, director } from './cast.js';
import type { Caller } from './cast.js';
import { expected } from './expected.js';
import { httpTransport } from './http.transport.js';
import { localTransport } from './local.transport.js';
import { POLICIES } from './policies.table.js';
import type { TestedPolicy } from './policies.table.js';
import { METHODS, ROWS, SIGN_INS } from './routes.table.js';
import type { Row } from './routes.table.js';
import { openBackends, startMesh } from './running-mesh.js';
import type { Backends, RunningMesh } from './running-mesh.js';
import { relationsOf } from './sight.table.js';
import type { Relation } from './sight.table.js';
import { Things } from './things.js';
import type { Transport } from './transport.js';

const AT_ONCE = 12;

/** What is answered to whoever has shown nothing yet, and gives them nothing. */
const BEGINNINGS = ['GET /v1/auth/device', 'POST /v1/auth/device-code'];

const addressOf = ({ route }: Row): string => route.split('#')[0] ?? '';
const isOfRuntime = ({ route }: Row) => Object.values(METHODS).flat().includes(route);

describe('the matrix', () => {
  let backends: Backends;
  let mesh: RunningMesh;
  let callers: readonly Caller[];
  let things: Things;
  let policy: TestedPolicy | undefined;
  const transports = new Map<string, Transport>();

  beforeAll(async () => {
    backends = await openBackends();
    mesh = await startMesh(backends);
    const casting = new Casting(mesh.app);
    await setPolicy(POLICIES[0]);
    callers = await casting.everybody();
    things = await Things.in(mesh.app, casting);
    const wishes = {
      policy: () => policy?.document ?? {},
      neighbourOf: (caller: Caller) => things.neighbourOf(caller),
    };
    transports.set('HTTP', httpTransport(mesh.url, wishes));
    transports.set('in process', localTransport(mesh.gate));
  }, 120_000);
  afterAll(async () => {
    await mesh?.close();
    await backends?.close();
  }, 60_000);

  async function setPolicy(next: TestedPolicy | undefined): Promise<void> {
    for (const tenant of TENANTS)
      await mesh.gate.execute(director(tenant), new SetPolicy(next?.document ?? {}));
    policy = next;
  }

  it('has a row for every route, and a route for every row', async () => {
    const { paths } = (await (await fetch(`${mesh.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(routes.length).toBeGreaterThan(40);
    expect([...new Set(ROWS.map(addressOf)), ...SIGN_INS].toSorted()).toEqual(routes.toSorted());
  });

  it('has a row for every method of the runtime', () => {
    const own = ['constructor', 'read', 'close'];
    const methods = Object.getOwnPropertyNames(GateRuntime.prototype).filter((name) => !own.includes(name));
    expect(Object.keys(METHODS).toSorted()).toEqual(methods.toSorted());
  });

  it.each(SIGN_INS)(
    'lets nobody in by %s for the token they have, and asks nobody for one',
    async (route) => {
      const [admin] = callers;
      if (!admin) throw new Error('nobody is there to ask');
      const target = { id: crypto.randomUUID(), as: admin };
      const over = transports.get('HTTP');
      const [bare, signedIn] = [
        await over?.call(route, null, target),
        await over?.call(route, admin, target),
      ];
      const statusOf = (answer: string | undefined) => answer?.split(' {')[0];
      expect(statusOf(signedIn)).toBe(statusOf(bare));
      if (!BEGINNINGS.includes(route)) expect(bare).not.toBe('done');
    },
  );

  /** Asks for a row as everybody, about everything. @returns what was answered otherwise than expected */
  async function surprises(row: Row, over: Transport, by: TestedPolicy): Promise<readonly string[]> {
    const relations: readonly (Relation | null)[] = row.of ? relationsOf(row.of) : [null];
    const cases = [...callers, ...(over.name === 'HTTP' ? [null] : [])].flatMap((caller) =>
      relations.map((relation) => ({ caller, relation })),
    );
    const found: string[] = [];
    const next = cases.values();
    const ask = async () => {
      for (const { caller, relation } of next) {
        const hoped = expected({ row, who: caller, relation, policy: by });
        const [nearest] = callers;
        if (!nearest) throw new Error('nobody is there to ask');
        const asker = row.endsItsSession && caller ? await caller.again() : caller;
        const target =
          row.of && relation && caller
            ? await things.of(row.of, relation, caller, hoped === 'done')
            : { id: crypto.randomUUID(), as: asker ?? nearest };
        const answered = await over.call(row.route, caller && target.as, target);
        if (answered !== hoped)
          found.push(
            `${caller?.name ?? 'nobody'}${relation ? `, ${relation}` : ''}: ${answered}, not ${hoped}`,
          );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return found;
  }

  describe.each(POLICIES)('under a policy of $name', (by) => {
    beforeAll(() => setPolicy(by));
    const rows = by.name === 'agents and skills' ? ROWS.filter(({ invokes }) => invokes) : ROWS;

    it.each(rows)('$route answers over HTTP as it should', async (row) => {
      const over = transports.get('HTTP');
      expect(over && (await surprises(row, over, by))).toEqual([]);
    });

    it.each(rows.filter(isOfRuntime))('$route answers in process as it should', async (row) => {
      const over = transports.get('in process');
      expect(over && (await surprises(row, over, by))).toEqual([]);
    });
  });
});
