import { harmlessLines } from '../harmless.js';
import { memoryPath, withSession } from '../memory.js';
import type { MemoryOptions } from '../memory.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type Entry = Readonly<{ key: string; value: unknown; version: number }>;

export const memoryGet: Verb = (group, verbs) => {
  withSession(group.command('get'))
    .argument('<key>', 'under which it is remembered')
    .description('a value: text as it is, anything else as JSON')
    .addHelpText(
      'after',
      examples('coderclaw memory get plan', 'coderclaw memory get plan --json | jq .version'),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: MemoryOptions, key = ''): Promise<void> {
  await call.reading(async (api) => {
    const entry = await api.get<Entry>(await memoryPath(api, options, key));
    const seen = call.io.stdout.isTTY === true;
    await call.output.result(entry, ({ value }) => (seen ? harmlessLines(textOf(value)) : textOf(value)));
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
