import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GateRuntime } from '#transports/local';
import { SetPolicy } from '#access';
import { DEFAULT_TENANT } from '#contract';
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
import type { Target } from './things.js';
import type { Transport } from './transport.js';

const AT_ONCE = 12;

/** What is answered to whoever has shown nothing yet, and gives them nothing. */
const BEGINNINGS = new Set(['GET /v1/auth/device', 'POST /v1/auth/device-code']);

/** An outcome, or the status of what is none. */
const statusOf = (answer: string | undefined) => answer?.split(' {')[0];

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
    const own = new Set(['constructor', 'read', 'close']);
    const methods = Object.getOwnPropertyNames(GateRuntime.prototype).filter((name) => !own.has(name));
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
      expect(statusOf(signedIn)).toBe(statusOf(bare));
      expect(bare === 'done').toBe(BEGINNINGS.has(route));
    },
  );

  type Case = Readonly<{ caller: Caller | null; relation: Relation | null }>;
  type Asking = Readonly<{ row: Row; over: Transport; by: TestedPolicy }>;

  /** Asks for a row as one caller, about one thing. @returns what was answered otherwise than expected */
  async function surprise({ row, over, by }: Asking, { caller, relation }: Case): Promise<string | null> {
    const hoped = expected({ row, who: caller, relation, policy: by });
    const target = await targetOf(row, { caller, relation }, hoped === 'done');
    const answered = await over.call(row.route, caller && target.as, target);
    if (answered === hoped) return null;
    return `${caller?.name ?? 'nobody'}${relation ? `, ${relation}` : ''}: ${answered}, not ${hoped}`;
  }

  async function targetOf(row: Row, { caller, relation }: Case, isUsedUp: boolean): Promise<Target> {
    if (row.of && relation && caller) return things.of(row.of, relation, caller, isUsedUp);
    const somebody = caller ?? things.neighbourIn(DEFAULT_TENANT);
    return { id: crypto.randomUUID(), as: row.endsItsSession ? await somebody.again() : somebody };
  }

  /** Asks for a row as everybody, about everything. */
  async function surprises(asking: Asking): Promise<readonly string[]> {
    const { row, over } = asking;
    const relations: readonly (Relation | null)[] = row.of ? relationsOf(row.of) : [null];
    const everybody = over.name === 'HTTP' ? [...callers, null] : callers;
    const cases = everybody.flatMap((caller) => relations.map((relation) => ({ caller, relation })));
    const next = cases.values();
    const found: (string | null)[] = [];
    const askOn = async () => {
      for (const one of next) found.push(await surprise(asking, one));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOn));
    expect(found).toHaveLength(cases.length);
    return found.filter((one) => one !== null);
  }

  describe.each(POLICIES)('under a policy of $name', (by) => {
    beforeAll(() => setPolicy(by));
    const rows = by.name === 'agents and skills' ? ROWS.filter(({ invokes }) => invokes) : ROWS;

    it.each(rows)(
      '$route answers over HTTP as it should',
      async (row) => {
        const over = transports.get('HTTP');
        expect(over && (await surprises({ row, over, by }))).toEqual([]);
      },
      120_000,
    );

    it.each(rows.filter(isOfRuntime))(
      '$route answers in process as it should',
      async (row) => {
        const over = transports.get('in process');
        expect(over && (await surprises({ row, over, by }))).toEqual([]);
      },
      120_000,
    );
  });
});
