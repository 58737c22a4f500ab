import { Option } from 'commander';
import { AUDIT_FORMATS } from '#contract';
import type { AuditFormat } from '#contract';
import { filterOf, withFilters } from '../audit-filter.js';
import type { AuditFilter } from '../audit-filter.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';
import { writeWhole } from '../write-whole.js';

type Export = AuditFilter & Readonly<{ format: AuditFormat; output?: string }>;

export const auditExport: Verb = (group, verbs) => {
  withFilters(group.command('export'))
    .description('tell the audit trail to another system, the oldest first, one record a line')
    .addOption(new Option('--format <format>', 'of each line').choices(AUDIT_FORMATS).default('jsonl'))
    .option('--output <file>', 'into this file (readable by you alone), once all of it is there')
    .addHelpText(
      'after',
      examples(
        'coderclaw audit export --from 2026-11-01 --to 2026-12-01 --output november.jsonl',
        'coderclaw audit export --format cef --result denied | logger --tag coderclaw',
      ),
    )
    .action(verbs.action(exportAudit));
};

async function exportAudit(call: Call, { format, output, ...options }: Export): Promise<void> {
  await call.reading(async (api) => {
    const pieces = api.download('/v1/audit/export', { ...filterOf(options), format });
    if (output === undefined) return toStdout(call, pieces);
    const { file, lines, bytes } = await writeWhole(output, call.io.cwd, pieces);
    await call.output.result({ file, format, records: lines, bytes }, () => `${lines} records in ${file}`);
  });
}

/** The lines are the result, whatever `--json` says: they are told as the server tells them. */
async function toStdout({ output, io }: Call, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const text = new TextDecoder();
  for await (const piece of pieces) {
    if (io.stdout.destroyed) return; // the reader has had enough
    await output.stdout(text.decode(piece, { stream: true }));
  }
}
