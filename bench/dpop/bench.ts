import { parseArgs } from 'node:util';
import { MemoryUsedOnce, PostgresUsedOnce, acceptProof, identityMigrations, verifyProof } from '#access';
import type { UsedOnce } from '#access';
import { SystemClock } from '#contract';
import { generateDeviceKey, newJti, signProof } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import { openDatabase } from '#event-store';
import { startPostgres } from '#test/servers';

const REQUEST = { method: 'POST', url: 'https://mesh.example/v1/tasks', accessToken: 'x'.repeat(43) };

/** `npm run bench -- dpop`: what it costs to sign a request, to check its proof, and to remember it. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, proofs: { type: 'string', default: '4000' } },
  });
  const count = Number(values.proofs);
  const found = new Map<string, Cost>();
  for (const curve of ['P-256', 'Ed25519'] as const) {
    const key = await generateDeviceKey({ curve });
    const proofs: string[] = [];
    found.set(`sign, ${curve}`, await each(count, 1, async () => void proofs.push(await sign(key))));
    const check = async (i: number) => void verifyProof(proofs[i], { ...REQUEST, now: new Date() });
    found.set(`check, ${curve}`, await each(count, 1, check));
  }
  await remembering(count, found);
  process.stdout.write(values.json ? `${JSON.stringify(Object.fromEntries(found))}\n` : `${table(found)}\n`);
}

const sign = (key: DeviceKey) => signProof(key, { ...REQUEST, now: new Date(), jti: newJti() });

/** Of one, in µs: until it is done, and of this process's processor time, which other load disturbs less. */
type Cost = Readonly<{ wallUs: number; cpuUs: number }>;

/** What one costs, with so many under way at once. */
async function each(count: number, atOnce: number, work: (i: number) => Promise<void>): Promise<Cost> {
  let next = 0;
  const began = performance.now();
  const before = process.cpuUsage();
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(before);
  const wallUs = Math.round(((performance.now() - began) * 1000) / count);
  return { wallUs, cpuUs: Math.round((user + system) / count) };
}

async function remembering(count: number, found: Map<string, Cost>): Promise<void> {
  const postgres = await startPostgres();
  const at = { kind: 'postgres', url: postgres.url } as const;
  const { pool, close } = await openDatabase({ at, migrations: identityMigrations });
  try {
    const clock = new SystemClock();
    const key = await generateDeviceKey();
    const accepting = async (usedOnce: UsedOnce, atOnce: number, wanted: number) => {
      const proofs = await Promise.all(Array.from({ length: wanted }, () => sign(key)));
      const accept = async (i: number) =>
        void (await acceptProof(usedOnce, proofs[i], { ...REQUEST, now: new Date() }));
      return each(wanted, atOnce, accept);
    };
    found.set('check and remember in memory', await accepting(new MemoryUsedOnce(clock), 1, count));
    found.set('one empty statement', await each(1_000, 1, async () => void (await pool.query('select 1'))));
    const usedOnce = new PostgresUsedOnce(pool, clock);
    found.set('check and remember in Postgres, one at a time', await accepting(usedOnce, 1, 1_000));
    found.set('check and remember in Postgres, 64 at once', await accepting(usedOnce, 64, count));
  } finally {
    await close();
    await postgres.stop();
  }
}

const table = (found: ReadonlyMap<string, Cost>): string =>
  [...found]
    .map(
      ([what, { wallUs, cpuUs }]) =>
        `${`${wallUs}`.padStart(6)} µs, ${`${cpuUs}`.padStart(4)} µs CPU  ${what}`,
    )
    .join('\n');
