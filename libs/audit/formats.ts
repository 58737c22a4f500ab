import type { AuditEntry, AuditFormat } from '#contract';
import { cef } from './cef.js';
import { cloudEvent } from './cloud-events.js';
import { jsonl } from './jsonl.js';
import { ocsf } from './ocsf.js';
import type { AuditProduct } from './product.js';

/** How a format is told apart, and how it writes a record: on one line, without its end. */
export type ExportFormat = Readonly<{
  contentType: string;
  extension: string;
  line: (entry: AuditEntry, product: AuditProduct) => string;
}>;

const JSON_LINES = 'application/jsonl';

/** CloudEvents too are JSON Lines here: `application/cloudevents+json` is the type of a line, not of many. */
export const EXPORT_FORMATS = {
  jsonl: { contentType: JSON_LINES, extension: 'jsonl', line: jsonl },
  ocsf: { contentType: JSON_LINES, extension: 'ocsf.jsonl', line: ocsf },
  cloudevents: { contentType: JSON_LINES, extension: 'cloudevents.jsonl', line: cloudEvent },
  cef: { contentType: 'text/plain; charset=utf-8', extension: 'cef', line: cef },
} as const satisfies Record<AuditFormat, ExportFormat>;
