import { parseArgs } from 'node:util';
import { compilePolicy, decodePolicy, judge } from '#policy';
import type { Asked, CompiledPolicy, PolicyLayer } from '#policy';
import { thisMachine } from '../machine.js';
import { percentiles } from '../tasks/percentiles.js';

/** Policies for agents and for skills, in each layer. */
const ENTRIES = 100;
/** Decisions timed as one: a clock's own cost would be half of a single one's. */
const BATCH = 20;

/** `npm run bench -- decision`: microseconds a decision takes, with 100 agent and skill policies in three layers. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '20000' },
    },
  });
  const policy = compilePolicy(LAYERS.map(aLayer), { local: false });
  const cases = CASES.map(({ name, asked }) => ({
    name,
    allowed: judge(policy, asked(0)).allowed,
    decisionUs: measure(policy, asked, Number(values.rounds)),
  }));
  const report = { machine: thisMachine(), cases };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
}

const LAYERS: readonly PolicyLayer['name'][] = ['tenant', 'organization', 'repository'];

/** Every kind of restriction, in each layer. */
const aLayer = (name: PolicyLayer['name']): PolicyLayer => ({
  name,
  document: decodePolicy({
    enforceTrust: true,
    minimumTrustLevel: 'verified',
    allowedRoles: ['developer', 'admin', 'lead'],
    deniedUsers: Array.from({ length: 100 }, (_, index) => `mallory-${index}`),
    roles: { lead: { inherits: 'developer', additionalPermissions: ['task:approve'] } },
    requiredSkills: ['skill-0'],
    deniedSkills: ['worm'],
    agentPolicies: Array.from({ length: ENTRIES }, (_, index) => ({
      agentId: `agent-${index}`,
      allowedRoles: ['developer', 'lead'],
      deniedRoles: ['ci'],
      requireDeviceTrust: 'verified',
    })),
    skillPolicies: Array.from({ length: ENTRIES }, (_, index) => ({
      skillId: `skill-${index}`,
      dangerous: index % 2 === 0,
      requiredPermissions: ['skill:execute'],
      allowedRoles: ['developer', 'lead'],
      trustLevel: 'verified',
    })),
  }),
});

const ada: Asked = { userId: 'ada', roles: ['lead'], trust: 'verified', permissions: ['task:submit'] };
const skill = (index: number) => ({ id: `skill-${index}`, dangerous: false });

const CASES: readonly Readonly<{ name: string; asked: (turn: number) => Asked }>[] = [
  { name: 'one permission', asked: () => ada },
  {
    name: 'an agent with five skills',
    asked: (turn) => ({
      ...ada,
      agentId: `agent-${turn % ENTRIES}`,
      skills: [0, 1, 2, 3, 4].map((index) => skill(index)),
    }),
  },
  {
    name: 'an agent, denied',
    asked: (turn) => ({ ...ada, roles: ['developer', 'ci'], agentId: `agent-${turn % ENTRIES}` }),
  },
];

function measure(policy: CompiledPolicy, asked: (turn: number) => Asked, rounds: number) {
  const requests = Array.from({ length: BATCH }, (_, turn) => asked(turn));
  const once = () => {
    const start = process.hrtime.bigint();
    for (const request of requests) judge(policy, request);
    return Number(process.hrtime.bigint() - start) / 1000 / BATCH;
  };
  for (let warming = 0; warming < rounds / 10; warming++) once();
  return percentiles(Array.from({ length: rounds }, once));
}

type Report = Readonly<{
  machine: string;
  cases: readonly Readonly<{ name: string; allowed: boolean; decisionUs: { p50: number; p99: number } }>[];
}>;

const table = ({ machine, cases }: Report): string =>
  [
    `${machine}; µs a decision, ${ENTRIES} agent and ${ENTRIES} skill policies in each of 3 layers`,
    ...cases.map(
      ({ name, allowed, decisionUs: { p50, p99 } }) =>
        `${name.padEnd(28)}${(allowed ? 'allowed' : 'denied').padEnd(10)}p50 ${p50}  p99 ${p99}`,
    ),
  ].join('\n');
