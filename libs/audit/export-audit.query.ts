import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { ORIGIN, auditExportSchema, decode } from '#contract';
import type { AuditEntry, AuditExport } from '#contract';
import { EventStore } from '#event-store';
import { EXPORT_FORMATS } from './formats.js';
import { matching } from './matching.js';
import { AuditProduct } from './product.js';
import { recordsUntil } from './records-until.js';

/**
 * The tenant's audit records as lines of a format, oldest first, each with its end. It reads the log itself, not what is
 * folded from it, up to where the log stands when it begins; a record that an older transaction still under way keeps
 * back then is of the next export. `signal` stops it.
 */
export class ExportAudit extends GuardedQuery<AsyncIterable<string>> {
  constructor(
    readonly asked: AuditExport = {},
    readonly signal?: AbortSignal,
  ) {
    super();
  }
}

@GuardedQueryHandler(ExportAudit, () => ({
  permissions: ['audit:read'],
  recorded: true,
  action: 'audit.export',
}))
export class ExportAuditHandler implements IQueryHandler<ExportAudit> {
  constructor(
    private readonly store: EventStore,
    private readonly product: AuditProduct,
  ) {}

  /** @throws {MeshError} `invalid_request` | `unavailable`, before the first line */
  async execute({ asked, signal, scope }: ExportAudit): Promise<AsyncIterable<string>> {
    const { format = 'jsonl', ...filter } = decode(auditExportSchema, asked);
    const { cursor: end } = await this.store.head(ORIGIN, 'audit');
    const { line } = EXPORT_FORMATS[format];
    return linesOf(recordsUntil(this.store, end, signal), matching(scope.tenant, filter), (entry) =>
      line(entry, this.product),
    );
  }
}

async function* linesOf(
  records: AsyncIterable<AuditEntry>,
  matches: (entry: AuditEntry) => boolean,
  line: (entry: AuditEntry) => string,
): AsyncGenerator<string, void, undefined> {
  for await (const entry of records) if (matches(entry)) yield `${line(entry)}\n`;
}
