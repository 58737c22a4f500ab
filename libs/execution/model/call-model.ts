import type { ModelMessage, ToolSet } from 'ai';
import { MeshError } from '#errors';
import type { JsonValue } from '#task';
import type { StepWork } from '../steps/steps.js';
import { storable } from '../steps/storable.js';
import type { Price } from './choose-model.js';
import type { OpenModel } from './language-model.js';
import { usageOf } from './prices.js';
import { thinkingOptions } from './thinking.js';

/** What a model answered, as it is kept on record and sent back to it in the next call. */
export type Reply = Readonly<{ messages: JsonValue; finish: string }>;

export type ModelCall = Readonly<{
  open: OpenModel;
  system: string;
  messages: readonly ModelMessage[];
  tools: ToolSet;
  signal: AbortSignal;
  thinking?: string | undefined;
  prices?: Readonly<Record<string, Price>> | undefined;
}>;

/** Calls a model once; a tool that it asks for is not used here. Its text is written as it comes. @throws what the SDK throws */
export function callModel(call: ModelCall): StepWork<Reply> {
  return async (output) => {
    const result = await started(call);
    let end: Readonly<{ finish: string; inputTokens?: number; outputTokens?: number }> | null = null;
    for await (const part of result.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') await output.write(part.text);
      if (part.type === 'finish-step') end = endOf(part);
    }
    call.signal.throwIfAborted();
    if (!end) throw new MeshError('rate_limited', 'the model was cut off before it had finished');
    const { finish, ...tokens } = end;
    const messages = storable((await result.response).messages);
    return { result: { messages, finish }, usage: usageOf(call.open.id, tokens, call.prices) };
  };
}

async function started({ open, system, messages, tools, signal, thinking }: ModelCall) {
  const { streamText } = await import('ai');
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false }); // it would print them
  const providerOptions = thinkingOptions(open.provider, thinking);
  return streamText({
    model: open.model,
    system,
    messages: [...messages],
    tools,
    abortSignal: signal,
    maxRetries: 0, // a failed call is tried again as a new attempt, which holds no worker while it waits
    onError: () => {}, // told by the stream; the SDK would print it
    ...(providerOptions && { providerOptions: providerOptions as never }),
  });
}

type Finish = Readonly<{
  finishReason: string;
  rawFinishReason: string | undefined;
  usage: Readonly<{ inputTokens: number | undefined; outputTokens: number | undefined }>;
}>;

/** A stream that ends without a reason was cut. */
function endOf({ finishReason, rawFinishReason, usage }: Finish) {
  if (finishReason === 'other' && rawFinishReason === undefined) return null;
  const { inputTokens = 0, outputTokens = 0 } = usage;
  return { finish: finishReason, inputTokens, outputTokens };
}
