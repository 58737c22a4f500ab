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
import type { Tool, ToolContext } from './tool.js';

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

/** What a model is told of its tools, by name. */
export const describeTools = (skills: readonly string[]): readonly Readonly<{ id: string; tool: Tool }>[] =>
  skills.flatMap((id) => {
    const tool = TOOLS.get(id);
    return tool ? [{ id, tool }] : [];
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
 * @param allow asks whether it may be used, with what for
 * @throws what ends the attempt
 */
export async function useTool(
  { name, input }: ToolUse,
  skills: readonly string[],
  allow: (what: string) => Promise<void>,
  context: ToolContext,
): Promise<string> {
  try {
    const tool = toolOf(name, skills);
    const read = tool.input.safeParse(input);
    if (!read.success) throw new MeshError('invalid_request', z.prettifyError(read.error));
    await allow(tool.what(read.data));
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

function toolOf(name: string, skills: readonly string[]): Tool {
  const tool = skills.includes(name) ? TOOLS.get(name) : undefined;
  if (tool) return tool;
  throw new MeshError('invalid_request', `there is no tool "${name}"; there are: ${skills.join(', ')}`);
}
