import { z } from 'zod';

const short = (text: string): string => text.slice(0, 200);

const media = z.object({ data: z.string(), mimeType: z.string() });
const resource = z.object({ resource: z.object({ uri: z.string(), text: z.string().optional() }) });

/** How each kind of content is told to a model: text as it is, anything else by its kind and size. */
const TOLD: ReadonlyMap<string, z.ZodType<string>> = new Map<string, z.ZodType<string>>([
  ['text', z.object({ text: z.string() }).transform(({ text }) => text)],
  ['image', media.transform((part) => `[image: ${sizeOf(part)}]`)],
  ['audio', media.transform((part) => `[audio: ${sizeOf(part)}]`)],
  [
    'resource',
    resource.transform(({ resource: { uri, text = '[not text]' } }) => `[resource ${short(uri)}]\n${text}`),
  ],
  ['resource_link', z.object({ uri: z.string() }).transform(({ uri }) => `[link ${short(uri)}]`)],
]);

const sizeOf = ({ data, mimeType }: z.output<typeof media>): string =>
  `${short(mimeType)}, ${Buffer.byteLength(data, 'base64')} bytes`;

const typed = z.object({ type: z.string() });

function partOf(value: unknown): string {
  const { data: { type } = { type: 'unknown' } } = typed.safeParse(value);
  const told = TOLD.get(type)?.safeParse(value);
  return told?.success ? told.data : `[${short(type)}]`;
}

/** What a tool of a server answered, as far as we look at it. */
export const toolResultSchema = z.looseObject({
  content: z.array(z.unknown()).max(10_000).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

/** An answer as a text for a model. */
export function textOfResult({ content = [], structuredContent }: z.output<typeof toolResultSchema>): string {
  if (content.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent);
  return content.map(partOf).join('\n') || '[nothing]';
}
