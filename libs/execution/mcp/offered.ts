import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '#task';
import { storable, storableText } from '../steps/storable.js';

/** As many tools as one server may offer. */
export const MAX_TOOLS = 128;
const MAX_SCHEMA_CHARACTERS = 16 * 1024;
/** Descriptions and schemas of one server: a model is told all of them with each call. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_DESCRIPTION_CHARACTERS = 1_024;
/** As long as the providers take a name of a tool. */
const MAX_NAME_CHARACTERS = 64;

/** A tool that a server offers. `name` is what a model calls it, `original` what the server does. */
export type OfferedTool = Readonly<{
  name: string;
  original: string;
  description: string;
  schema: JsonObject;
}>;

const toolSchema = z.object({
  name: z.string().regex(/^[\w./ -]{1,128}$/),
  description: z.string().catch(''),
  inputSchema: z
    .looseObject({ type: z.literal('object') })
    .refine((schema) => JSON.stringify(schema).length <= MAX_SCHEMA_CHARACTERS),
});

/** What of a server's list is offered to models, and how much of it is not: too long, too much, or no tool at all. */
export function offeredOf(
  server: string,
  listed: readonly unknown[],
): Readonly<{ tools: readonly OfferedTool[]; leftOut: number }> {
  const tools = new Map<string, OfferedTool>();
  let characters = 0;
  for (const each of listed.slice(0, MAX_TOOLS)) {
    const read = toolSchema.safeParse(each);
    const tool = read.success ? toolOf(server, read.data) : null;
    if (!tool || tools.has(tool.name)) continue;
    characters += tool.description.length + JSON.stringify(tool.schema).length;
    if (characters > MAX_CHARACTERS) break;
    tools.set(tool.name, tool);
  }
  return { tools: [...tools.values()], leftOut: listed.length - tools.size };
}

const toolOf = (server: string, { name, description, inputSchema }: z.output<typeof toolSchema>) => ({
  name: nameOf(server, name),
  original: name,
  description: storableText(description.slice(0, MAX_DESCRIPTION_CHARACTERS)),
  schema: storable(inputSchema) as JsonObject,
});

/** Of the characters that every provider takes; what is too long ends with a digest of itself. */
function nameOf(server: string, tool: string): string {
  const name = `${server}__${tool.replaceAll(/[^\w-]/g, '_')}`;
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  const digest = createHash('sha256').update(tool).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_NAME_CHARACTERS - digest.length - 1)}_${digest}`;
}
