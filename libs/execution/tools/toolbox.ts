import { z } from 'zod';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { storableText } from '../steps/storable.js';
import { editFileTool } from './edit-file.js';
import { fetchUrlTool } from './fetch-url.js';
import { gitDiffTool } from './git-diff.js';
import { listFilesTool } from './list-files.js';
import { readFileTool } from './read-file.js';
import { searchFilesTool } from './search-files.js';
import { shellExecTool } from './shell-exec.js';
import type { AgentTool, Tool, ToolContext } from './tool.js';

/** The tool that each skill is. */
const TOOLS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ['read-file', readFileTool],
  ['list-files', listFilesTool],
  ['search-files', searchFilesTool],
  ['edit-file', editFileTool],
  ['shell-exec', shellExecTool],
  ['git-diff', gitDiffTool],
  ['fetch-url', fetchUrlTool],
]);

/** The tools that come with the runtime, of those skills: each has its skill's name. */
export const builtInTools = (skills: readonly string[]): readonly AgentTool[] =>
  skills.flatMap((id) => {
    const tool = TOOLS.get(id);
    return tool ? [{ name: id, skillId: id, tool }] : [];
  });

/** What a model can mend: it is told. Anything else ends the attempt. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
  'access_denied',
  'invalid_request',
  'not_found',
  'payload_too_large',
  'unsupported',
]);

/** How an answer begins that tells what the model did wrong. */
const REFUSED = 'error: ';

export type ToolUse = Readonly<{ name: string; input: unknown }>;

/**
 * Uses a tool as a model asked.
 *
 * @param tools those the agent has
 * @param allow asks whether a skill may be used, with what for
 * @throws what ends the attempt
 */
export async function useTool(
  { name, input }: ToolUse,
  tools: readonly AgentTool[],
  allow: (skillId: string, what: string) => Promise<void>,
  context: ToolContext,
): Promise<string> {
  try {
    const { skillId, tool } = toolOf(name, tools);
    const read = tool.input.safeParse(input);
    if (!read.success) throw new MeshError('invalid_request', z.prettifyError(read.error));
    await allow(skillId, tool.what(read.data));
    return storableText(await tool.run(read.data, context));
  } catch (error) {
    if (!isMeshError(error) || !TOLD.has(error.code)) throw error;
    return `${REFUSED}${error.message}`;
  }
}

/**
 * Does to a new folder what a tool did to that of an earlier attempt, if it is one that changes files.
 *
 * @throws {MeshError} `unsupported` where the folder cannot be brought to what is on record
 */
export async function useAgain(
  { name, input }: ToolUse,
  answer: string,
  context: ToolContext,
): Promise<void> {
  const tool = TOOLS.get(name);
  if (!tool?.again || answer.startsWith(REFUSED)) return;
  const read = tool.input.safeParse(input);
  if (read.success) await tool.again(read.data, context);
}

function toolOf(name: string, tools: readonly AgentTool[]): AgentTool {
  const tool = tools.find((each) => each.name === name);
  if (tool) return tool;
  const names = tools.map((each) => each.name).join(', ');
  throw new MeshError('invalid_request', `there is no tool "${name}"; there are: ${names}`);
}
