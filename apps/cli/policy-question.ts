import { Option } from 'commander';
import type { Command } from 'commander';
import { TRUST_LEVELS } from '#contract';
import type { RuntimeMode, TrustLevel } from '#contract';
import { MeshError } from '#errors';
import { PERMISSIONS, explain } from '#policy';
import type { Asked, Explanation, Permission } from '#policy';
import { AgentRegistry } from '#registry';
import { apiOf } from './api.js';
import { locate } from './endpoint.js';
import { listOf, names } from './parse.js';
import { policyOfFile, valuesOf } from './policy-file.js';
import type { PolicyInFile } from './policy-file.js';
import type { Call } from './verb.js';
import { modeOption } from './mode-option.js';

/** "Would this be allowed?", as flags say it. */
export type Question = Readonly<{
  permission?: readonly Permission[];
  agent?: string;
  skill?: string;
  as?: string;
  role?: readonly string[];
  trust?: TrustLevel;
  file?: string;
  mode?: RuntimeMode;
}>;

/** The flags of a question, on a command. */
export const withQuestion = (command: Command): Command =>
  command
    .option('--permission <names>', `one or more of ${PERMISSIONS.join(', ')}`, listOf(PERMISSIONS))
    .option('--agent <id>', 'to run this agent, with the skills it declares')
    .option('--skill <id>', 'to use this skill directly')
    .option('--as <user>', 'for this user (default: you)')
    .option('--role <names>', 'who has these roles', names)
    .addOption(new Option('--trust <level>', 'on a device of this trust').choices(TRUST_LEVELS))
    .option('--file <security.yaml>', 'ask this file, and no server')
    .addOption(modeOption());

/** Asks the server; where there is none, or a file is named, the file. */
export async function answerTo({ options, io }: Call, question: Question): Promise<Explanation> {
  refuseEmpty(question);
  const place = question.file === undefined ? await locate(options, io) : null;
  if (place?.endpoint) return apiOf(place.endpoint).post('/v1/policy/check', bodyOf(question));
  const policy = valuesOf(await policyOfFile(io, question));
  return explain(policy.policy, askedOf(policy, question));
}

const bodyOf = ({ permission = [], agent, skill, as, role = [], trust }: Question) => ({
  ...(as === undefined ? {} : { as: { userId: as, roles: role, trust } }),
  permissions: permission,
  agentId: agent,
  skillId: skill,
});

function askedOf({ config }: PolicyInFile, question: Question): Asked {
  const { permission = [], agent, skill } = question;
  const { agents: enabled, customAgents: custom, defaultAgent, mcpServers } = config;
  const agents = new AgentRegistry({ agents: enabled, custom, defaultAgent, mcpServers });
  return {
    ...askerOf(config.mode, question),
    permissions: permission,
    ...(agent === undefined ? {} : agents.policyFacts(agent)),
    ...(skill === undefined ? {} : { skills: [agents.skillFacts(skill)] }),
  };
}

/** Nobody is signed in to a file: in local-only mode it is this machine's user, else it must be said. */
function askerOf(
  mode: RuntimeMode,
  { as, role = [], trust }: Question,
): Pick<Asked, 'userId' | 'roles' | 'trust'> {
  if (as !== undefined) return { userId: as, roles: role, trust };
  if (mode === 'local-only') return { userId: 'you', roles: ['admin'], trust: 'trusted' };
  throw new MeshError('invalid_request', '--as is needed: a file does not know who you are', {
    field: '--as',
    hint: 'give --as <user> --role <names> --trust <level>, or ask a server',
  });
}

function refuseEmpty({ permission, agent, skill, as, role, trust }: Question): void {
  if (permission === undefined && agent === undefined && skill === undefined)
    throw new MeshError('invalid_request', 'what should be allowed is not said', {
      field: '--permission',
      hint: 'give --permission <names>, --agent <id> or --skill <id>',
    });
  if (as === undefined && (role !== undefined || trust !== undefined))
    throw new MeshError('invalid_request', '--role and --trust describe somebody: say who', {
      field: '--as',
      hint: 'give --as <user> as well',
    });
}
