import { afterEach, expect, it, vi } from 'vitest';
import type { ProviderAccess, ProviderId } from './access.js';
import { callModel } from './call-model.js';
import { builtInTools } from '../tools/toolbox.js';
import { callsOf, textOf, toolSetOf } from './conversation.js';
import { openModel } from './language-model.js';
import { AGENT } from './model-in-test.contract.js';

afterEach(() => void vi.unstubAllGlobals());

const sse = (events: readonly Readonly<{ type?: string }>[]) =>
  events
    .map((event) => `${event.type ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
    .join('');

const CALL = { path: 'a.txt' };
const USED = { inputTokens: 3, outputTokens: 2 };

const RESPONSES = sse([
  { type: 'response.created', response: { id: 'r', created_at: 1, model: 'm' } },
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', id: 'i', role: 'assistant' },
  },
  { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'hello' },
  { type: 'response.output_item.done', output_index: 0, item: { type: 'message', id: 'i' } },
  {
    type: 'response.output_item.done',
    output_index: 1,
    item: {
      type: 'function_call',
      id: 'f',
      call_id: 'c',
      name: 'read-file',
      arguments: JSON.stringify(CALL),
      status: 'completed',
    },
  },
  { type: 'response.completed', response: { usage: { input_tokens: 3, output_tokens: 2 } } },
] as never);

const ANTHROPIC = sse([
  { type: 'message_start', message: { id: 'm', model: 'c', usage: { input_tokens: 3, output_tokens: 0 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 'c', name: 'read-file', input: {} },
  },
  {
    type: 'content_block_delta',
    index: 1,
    delta: { type: 'input_json_delta', partial_json: JSON.stringify(CALL) },
  },
  { type: 'content_block_stop', index: 1 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
] as never);

const GOOGLE = sse([
  {
    candidates: [
      {
        content: {
          role: 'model',
          parts: [{ text: 'hello' }, { functionCall: { name: 'read-file', args: CALL } }],
        },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  },
] as never);

type Case = readonly [ProviderId, ProviderAccess, string, string, string];

it.each<Case>([
  ['openai', { apiKey: 'k' }, RESPONSES, 'https://api.openai.com/v1/responses', 'authorization'],
  ['anthropic', { apiKey: 'k' }, ANTHROPIC, 'https://api.anthropic.com/v1/messages', 'x-api-key'],
  [
    'google',
    { apiKey: 'k' },
    GOOGLE,
    'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse',
    'x-goog-api-key',
  ],
])('%s is spoken to in its own words: text, tools, usage', async (provider, access, answer, url, header) => {
  const asked: Readonly<{ url: string; key: string | null }>[] = [];
  vi.stubGlobal('fetch', (to: string | URL, init: RequestInit) => {
    asked.push({ url: String(to), key: new Headers(init.headers).get(header) });
    return Promise.resolve(new Response(answer, { headers: { 'content-type': 'text/event-stream' } }));
  });
  const { signal } = new AbortController();
  const open = await openModel({ provider, model: 'm' }, new Map([[provider, access]]), signal);
  const written: string[] = [];
  const call = callModel({
    open,
    system: 's',
    messages: [{ role: 'user', content: 'x' }],
    tools: await toolSetOf(builtInTools(AGENT.skills)),
    signal,
    thinking: provider === 'openai' ? undefined : 'low',
  });
  const { result, usage } = await call({ write: async (text) => void written.push(text) });
  expect(asked).toEqual([{ url, key: header === 'authorization' ? 'Bearer k' : 'k' }]);
  expect([written.join(''), textOf(result)]).toEqual(['hello', 'hello']);
  expect(callsOf(result)).toMatchObject([{ toolName: 'read-file', input: CALL }]);
  expect(usage).toMatchObject(USED);
});
