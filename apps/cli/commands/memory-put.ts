import { MeshError } from '#errors';
import { memoryPath, withSession } from '../memory.js';
import type { MemoryOptions } from '../memory.js';
import { integer, jsonOrText } from '../parse.js';
import { readText } from '../secrets.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type PutOptions = MemoryOptions & Readonly<{ file?: string; ifMatch?: number; text?: boolean }>;

export const memoryPut: Verb = (group, verbs) => {
  withSession(group.command('put'))
    .argument('<key>', 'under which it is remembered')
    .argument('[value]', 'JSON, or else text')
    .description('remember a value')
    .option('--file <file>', 'the value is in this file; - reads it from the standard input')
    .option('--text', 'it is text, even if it could be JSON')
    .option('--if-match <version>', 'only if that is the version now; 0: only if there is none', integer(0))
    .addHelpText(
      'after',
      examples(
        `coderclaw memory put plan '{"step":2}'`,
        'coderclaw memory put notes --file notes.md --if-match 3',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: PutOptions, key = '', given?: string): Promise<void> {
  const { text = false, ifMatch } = options;
  const raw = await valueOf(call, options, given);
  await call.api(async (api) => {
    const path = await memoryPath(api, options, key);
    const sent = { body: { value: text ? raw : jsonOrText(raw) }, headers: conditionOf(ifMatch) };
    const entry = await api.send<{ version: number }>('PUT', path, sent);
    await call.output.result(entry, ({ version }) => `${key} is remembered: version ${version}`);
  });
}

function valueOf({ io }: Call, { file }: PutOptions, given: string | undefined): Promise<string> {
  if (file !== undefined && given === undefined) return readText(io, file, '--file');
  if (file === undefined && given !== undefined) return Promise.resolve(given);
  throw new MeshError('invalid_request', 'give the value either as an argument or by --file', {
    field: 'value',
  });
}

function conditionOf(version: number | undefined): Readonly<Record<string, string>> {
  if (version === undefined) return {};
  return version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
}
