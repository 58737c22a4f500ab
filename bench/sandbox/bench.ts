import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Processes } from '#execution';
import type { ProcessSettings } from '#execution';
import { bwrapBinary } from '../../test/servers/bwrap-binary.mjs';
import { thisMachine } from '../machine.js';
import { percentiles } from '../tasks/percentiles.js';

/** The ways to run a command. `way out`: in a box that may reach a domain, which takes a node to carry there. */
const WAYS = {
  bare: () => ({ sandbox: 'none' }),
  boxed: (bwrap) => ({ sandbox: 'bubblewrap', bwrap }),
  'way out': (bwrap) => ({ sandbox: 'bubblewrap', bwrap, allowedDomains: ['example.com'] }),
} as const satisfies Record<string, (bwrap: string) => ProcessSettings>;

type Way = keyof typeof WAYS;

const NAMES = Object.keys(WAYS) as Way[];
const LEASE_MS = 60_000;

/** `npm run bench -- sandbox`: what a box adds to starting a command that does nothing, from the order to its end. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      runs: { type: 'string', default: '100' },
    },
  });
  const bwrap = await bwrapBinary();
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'cc-bench-')));
  const ways = NAMES.map((name) => ({
    name,
    processes: new Processes(WAYS[name](bwrap)),
    took: [] as number[],
  }));
  try {
    for (const { processes } of ways) await timed(processes, workspace); // opens it, and warms up
    for (let turn = 0; turn < Number(values.runs); turn++)
      for (const { processes, took } of ways) took.push(await timed(processes, workspace));
  } finally {
    await Promise.all(ways.map(({ processes }) => processes.close()));
    rmSync(workspace, { recursive: true, force: true });
  }
  const report = {
    machine: thisMachine(),
    ways: ways.map(({ name, took }) => ({ name, ms: percentiles(took) })),
  };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
}

const write = (): Promise<void> => Promise.resolve();

/** Milliseconds from the order to the end. */
async function timed(processes: Processes, workspace: string): Promise<number> {
  const before = performance.now();
  const run = await processes.run({ command: 'true', workspace, remainingMs: LEASE_MS, write });
  const { code, limit } = await run.ended;
  if (code !== 0) throw new Error(`a command that does nothing ended with ${code}: ${limit ?? 'no limit'}`);
  return performance.now() - before;
}

type Report = Readonly<{
  machine: string;
  ways: readonly Readonly<{ name: Way; ms: Readonly<{ p50: number; p99: number }> }>[];
}>;

const table = ({ machine, ways }: Report): string =>
  [
    `starting and ending a command that does nothing, in ms (${machine})`,
    'way        p50      p99',
    ...ways.map(
      ({ name, ms }) => `${name.padEnd(8)}${String(ms.p50).padStart(6)}${String(ms.p99).padStart(9)}`,
    ),
  ].join('\n');
