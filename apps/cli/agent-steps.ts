import type { TaskUpdateEvent } from '#contract';
import { shortened } from './harmless.js';

const PLAN_LENGTH = 400;
const CALL_LENGTH = 160;

type Part = Readonly<{ type?: unknown; toolName?: unknown; input?: unknown }>;
type Message = Readonly<{ content?: unknown }>;

/** What whoever watches an agent is told of it beside its text: its plan, and each tool that it is about to use. */
export function stepsToTell({ type, data = {} }: TaskUpdateEvent): readonly string[] {
  if (type === 'PlanRecorded')
    return [shortened(`plan: ${listOf(data['steps']).map(String).join('; ')}`, PLAN_LENGTH)];
  if (type !== 'StepRecorded' || data['kind'] !== 'model') return [];
  const { messages } = (data['result'] ?? {}) as Readonly<{ messages?: unknown }>;
  return listOf(messages)
    .flatMap((message) => listOf((message as Message | null)?.content))
    .map((part) => (part ?? {}) as Part)
    .filter((part) => part.type === 'tool-call')
    .map(({ toolName, input }) => shortened(`→ ${String(toolName)} ${JSON.stringify(input)}`, CALL_LENGTH));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
