import { z } from 'zod';
import { nameSchema, textSchema } from '#contract';
import { isBuiltInAgent } from '#registry';
import { isSecureBase } from '#settings';

const EXECUTORS = ['model', 'acp', 'http'] as const;

/** A worker says in each of its beats which agents it runs, and there is a limit to those. */
const MAX_AGENTS = 128;

type Rule = Readonly<{
  of: readonly (typeof EXECUTORS)[number][];
  /** What to write, where there must be one. */
  needed?: string | undefined;
}>;

/** The keys that only some executors have a use for. */
const OWN = {
  skills: { of: ['model', 'acp'] },
  instructions: { of: ['model'], needed: 'what the model is told before its task' },
  command: { of: ['acp'], needed: 'what is started, e.g. [npx, claude-code-acp]' },
  env: { of: ['acp'] },
  url: { of: ['http'], needed: 'where its tasks are posted to, e.g. https://agent.example/tasks' },
  secretFile: { of: ['http'] },
} as const satisfies Record<string, Rule>;

const filled = (maxBytes: number) =>
  textSchema(maxBytes).refine((text) => text.trim() !== '', 'must not be empty');
const named = (schema: z.ZodType<string>) =>
  z
    .array(schema)
    .max(64)
    .refine((names) => new Set(names).size === names.length, 'must name each only once')
    .optional();

const agentSchema = z
  .strictObject({
    id: nameSchema,
    /** @default its id */
    name: filled(256).optional(),
    description: textSchema(4096).optional(),
    /** Of these, `diff` has an effect: its tasks leave a diff of their workspace. @default none */
    capabilities: named(nameSchema),
    executor: z.enum(EXECUTORS),
    /** What it may ask for. @default nothing */
    skills: named(nameSchema),
    instructions: filled(64 * 1024).optional(),
    /** The program and its arguments; no shell reads them. */
    command: z
      .array(textSchema(4096))
      .min(1)
      .max(256)
      .refine(([program]) => program?.trim() !== '', 'must begin with a program')
      .optional(),
    /** Variables of the worker that the program is given, by name. */
    env: named(z.string().regex(/^[A-Za-z_]\w{0,127}$/, 'must be the name of a variable, without its value')),
    url: z
      .string()
      .max(2048)
      .refine(
        isSecureBase,
        'must be an https address (http only on this machine), without user, query and fragment',
      )
      .optional(),
    /** File that holds the key by which requests are signed. */
    secretFile: z.string().min(1).optional(),
  })
  .superRefine((agent, context) => {
    for (const [key, { of, needed }] of Object.entries<Rule>(OWN)) {
      const message = complaint(agent.executor, { of, needed }, agent[key as keyof typeof OWN] !== undefined);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
    }
  });

function complaint(
  executor: (typeof EXECUTORS)[number],
  { of, needed }: Rule,
  isThere: boolean,
): string | undefined {
  if (isThere && !of.includes(executor))
    return `is only of executor ${of.join(' and ')}, and this one is ${executor}: remove it, or change executor`;
  if (isThere || needed === undefined || !of.includes(executor)) return undefined;
  return `is needed for executor ${executor}: ${needed}`;
}

/** The agents that a configuration adds to the built-in ones. */
export const customAgentsSchema = z
  .array(agentSchema)
  .max(MAX_AGENTS)
  .superRefine((agents, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of agents.entries()) {
      const message = taken(id, seen);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [index, 'id'], message });
      seen.add(id);
    }
  });

function taken(id: string, seen: ReadonlySet<string>): string | undefined {
  if (isBuiltInAgent(id)) return 'is the id of a built-in agent: choose another';
  return seen.has(id) ? 'is the id of another custom agent: choose another, or remove one' : undefined;
}

/** An agent as it is written. */
export type WrittenAgent = z.output<typeof agentSchema>;
