import { z } from 'zod';

const toolCall = z.object({
  toolCallId: z.string(),
  title: z.string().nullish(),
  kind: z.string().nullish(),
  status: z.string().nullish(),
  rawInput: z.unknown().optional(),
});

const content = z.object({ type: z.string(), text: z.string().optional() });

/** What an agent tells of, as far as we listen to it: newer ones may tell of more. */
const updateSchema = z.discriminatedUnion('sessionUpdate', [
  z.object({ sessionUpdate: z.literal('agent_message_chunk'), content }),
  toolCall.extend({ sessionUpdate: z.literal('tool_call') }),
  toolCall.extend({ sessionUpdate: z.literal('tool_call_update') }),
  z.object({
    sessionUpdate: z.literal('plan'),
    entries: z.array(z.object({ content: z.string(), status: z.string() })),
  }),
]);

/** One thing an agent tells of. */
export type Update = z.output<typeof updateSchema>;

/** What an agent has said of one use of a tool so far. */
export type ToolSaid = Partial<Pick<z.output<typeof toolCall>, 'title' | 'kind' | 'rawInput'>>;

const notificationSchema = z.object({ update: updateSchema });

/** Reads a `session/update`. Null for what we do not listen to. */
export const updateOf = (params: unknown): Update | null =>
  notificationSchema.safeParse(params).data?.update ?? null;
