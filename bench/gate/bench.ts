import { parseArgs } from 'node:util';
import { CancelTask, SubmitTask } from '#commands';
import { thisMachine } from '../machine.js';
import { median, percentiles, round } from '../tasks/percentiles.js';
import { SYSTEMS, TASK } from './systems.js';
import type { SystemName, Subject } from './systems.js';

/** Submits under way at once, as the clients of the spine's benchmark have. */
const AT_ONCE = 64;

/**
 * `npm run bench -- gate`: what the gate adds to a submit. The same command, over the same log, once through the gate
 * and once straight to its handler with a cause that is there already.
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      submits: { type: 'string', default: '3000' },
      rounds: { type: 'string', default: '7' },
      judgements: { type: 'string', default: '20000' },
      system: { type: 'string', multiple: true, default: Object.keys(SYSTEMS) },
    },
  });
  const load = {
    submits: Number(values.submits),
    rounds: Number(values.rounds),
    judgements: Number(values.judgements),
  };
  const systems = [];
  for (const name of values.system as SystemName[]) {
    const subject = await SYSTEMS[name]();
    try {
      systems.push({ name, ...(await measure(subject, load)) });
    } finally {
      await subject.close();
    }
  }
  const report = { machine: thisMachine(), systems };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
}

type Load = Readonly<{ submits: number; rounds: number; judgements: number }>;
type Pass = Readonly<{ perSecond: number; cpuUs: number }>;

async function measure(subject: Subject, { submits, rounds, judgements }: Load) {
  const ways = { gated: subject.gated, straight: subject.straight, unrecorded: subject.unrecorded };
  const passes = { gated: [] as Pass[], straight: [] as Pass[], unrecorded: [] as Pass[] };
  for (const way of Object.values(ways)) await onePass(way, submits); // warms everything up
  for (let turn = 0; turn < rounds; turn++) {
    for (const name of inTurn(['gated', 'straight', 'unrecorded'] as const, turn))
      passes[name].push(await onePass(ways[name], submits));
  }
  const of = (name: keyof typeof passes, figure: keyof Pass) =>
    round(median(passes[name].map((pass) => pass[figure])));
  const figures = (name: keyof typeof passes) => ({
    perSecond: of(name, 'perSecond'),
    cpuUs: of(name, 'cpuUs'),
  });
  const [gated, straight, unrecorded] = [figures('gated'), figures('straight'), figures('unrecorded')];
  return {
    gated,
    straight,
    unrecorded,
    judgingAddsPercent: added(passes.gated, passes.straight),
    gateAddsPercent: added(passes.gated, passes.unrecorded),
    judgingUs: await judging(subject, judgements),
  };
}

/** By which part throughput falls, in percent: the median of the rounds, each compared with its own neighbour in time. */
const added = (gated: readonly Pass[], without: readonly Pass[]): number =>
  round(median(gated.map(({ perSecond }, turn) => ((without[turn]?.perSecond ?? 0) / perSecond - 1) * 100)));

/** Each first in its turn: whoever comes later finds a bigger log. */
const inTurn = <Name>(names: readonly Name[], turn: number): readonly Name[] =>
  names.map((_, index) => names[(index + turn) % names.length] as Name);

async function onePass(submit: () => Promise<unknown>, submits: number): Promise<Pass> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let left = submits;
  const client = async () => {
    while (left-- > 0) await submit();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: submits / ((performance.now() - start) / 1000),
    cpuUs: (user + system) / submits,
  };
}

/** How long it takes to judge a request of each kind, one after the other. */
async function judging({ judge, actor, sessionId, taskId }: Subject, times: number) {
  const asked = {
    'a submit': () => new SubmitTask(TASK),
    'a submit into a session': () => new SubmitTask({ ...TASK, sessionId }),
    'a cancel': () => new CancelTask(taskId, 'no more'),
  } as const;
  const found: Record<string, Readonly<{ p50: number; p99: number }>> = {};
  for (const [what, request] of Object.entries(asked)) {
    const once = async () => {
      const start = process.hrtime.bigint();
      await judge.judge(actor, request());
      return Number(process.hrtime.bigint() - start) / 1000;
    };
    for (let warming = 0; warming < times / 10; warming++) await once();
    const samples: number[] = [];
    for (let time = 0; time < times; time++) samples.push(await once());
    found[what] = percentiles(samples);
  }
  return found;
}

type Report = Readonly<{
  machine: string;
  systems: readonly (Awaited<ReturnType<typeof measure>> & Readonly<{ name: string }>)[];
}>;

const table = ({ machine, systems }: Report): string =>
  [
    `${machine}; submits through the gate, straight to the handler, and straight without an audit record`,
    ...systems.flatMap(({ name, gated, straight, unrecorded, ...figures }) => [
      '',
      `${name}: ${gated.perSecond} / ${straight.perSecond} / ${unrecorded.perSecond} submits/s; ` +
        `${gated.cpuUs} / ${straight.cpuUs} / ${unrecorded.cpuUs} µs CPU each`,
      `  judging adds ${figures.judgingAddsPercent} %, the gate with its record ${figures.gateAddsPercent} %`,
      ...Object.entries(figures.judgingUs).map(
        ([what, { p50, p99 }]) => `  judging ${what.padEnd(24)}p50 ${p50} µs  p99 ${p99} µs`,
      ),
    ]),
  ].join('\n');
