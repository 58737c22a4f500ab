import type { PolicyDocument } from '#policy';
import { apiOf } from '../api.js';
import { locate } from '../endpoint.js';
import { policyOfFile, valuesOf } from '../policy-file.js';
import { harmlessLines } from '../harmless.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type Shown = Readonly<{ policy: PolicyDocument; policyHash: string; version?: number; file?: string }>;

export const policyShow: Verb = (group, verbs) => {
  group
    .command('show')
    .description(
      'the policy that the server keeps for your tenant; where there is no server, that of the file',
    )
    .option('--file <security.yaml>', 'show this file, and ask no server')
    .addHelpText(
      'after',
      examples('coderclaw policy show', 'coderclaw policy show --url https://mesh.example > policy.yaml'),
    )
    .action(
      verbs.action(async (call, { file }: Readonly<{ file?: string }>) => {
        const shown = await find(call, file);
        if (shown.version !== undefined) await call.output.note(`# version ${shown.version}`);
        if (shown.file !== undefined) await call.output.note(`# ${shown.file}`);
        await call.output.note(`# hash of all layers: ${shown.policyHash}`);
        const { stringify } = await import('yaml');
        await call.output.result(shown, ({ policy }) => harmlessLines(stringify(policy).trimEnd()));
      }),
    );
};

async function find({ options, io }: Call, file: string | undefined): Promise<Shown> {
  const place = file === undefined ? await locate(options, io) : null;
  if (place?.endpoint) return apiOf(place.endpoint).get<Shown>('/v1/policy');
  const found = valuesOf(await policyOfFile(io, { file }));
  return { policy: found.document, policyHash: found.policy.hash, file: found.file };
}
