import type { z } from 'zod';
import type { JsonObject } from '#task';
import type { ExecutionContext, Executor } from '../executor.js';

/** What a tool works with. */
export type ToolContext = Pick<ExecutionContext, 'signal' | 'step' | 'isDone' | 'workspace'> &
  Readonly<{
    /** The step that this use is. */
    key: string;
    /** Runs a command as the task's own: its output is the outcome's. */
    command: (line: string, signal: AbortSignal) => ReturnType<Executor['run']>;
    /** Runs a program in the workspace that only looks, as the task's own, and gives what it printed: see `look`. */
    look: (argv: readonly string[], env: Readonly<Record<string, string>>) => Promise<string>;
    /** Whether pages may be fetched from private addresses. */
    fetch: 'public' | 'any';
  }>;

type TypedTool<Input> = Readonly<{
  description: string;
  input: z.ZodType<Input>;
  /** What a model is told of the input, where not all of it is known here. @default what `input` says */
  schema?: JsonObject;
  /** In a few words what a use is for, told to who is to approve it. */
  what: (input: Input) => string;
  /**
   * Does it and says what came of it.
   *
   * @throws {MeshError} `invalid_request` | `not_found` | `payload_too_large` | `unsupported`, which the model is told and
   *   can mend; anything else ends the attempt
   */
  run: (input: Input, context: ToolContext) => Promise<string>;
  /**
   * Does to a new folder what an earlier attempt did to its own, and is on record.
   *
   * @throws {MeshError} `unsupported` where that cannot be
   */
  again?: (input: Input, context: ToolContext) => Promise<void>;
}>;

/** A skill that a model can ask for. What is handed to it is what its `input` has read. */
export type Tool = TypedTool<unknown>;

/** A tool as an agent has it: by which name a model asks for it, and which skill its use is. */
export type AgentTool = Readonly<{ name: string; skillId: string; tool: Tool }>;

/** A tool whose input is known while it is written, and read when it is used. */
export const aTool = <Input>(tool: TypedTool<Input>): Tool => tool as unknown as Tool;

/** As much as a model is told of one use. */
const MAX_RESULT_CHARACTERS = 48 * 1024;

/** Cuts a text to what a model is told, and says so. */
export function fitting(text: string, max = MAX_RESULT_CHARACTERS): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max)}\n[cut: ${text.length - max} more characters]`;
}
