import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUDIT_FORMATS, auditExportSchema, auditQuerySchema } from '#contract';
import { EXPORT_FORMATS } from './formats.js';
import { PRODUCT_IN_TEST, anEntry } from './samples.contract.js';

const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');

const section = (title: string): string =>
  page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';

/** What stands first in the rows of a section's table. */
const rowsOf = (title: string): readonly string[] =>
  [...section(title).matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name = '']) => name);

it('docs/audit.md names every field of a record, and no other', () =>
  expect(rowsOf('Fields').toSorted()).toEqual(Object.keys(anEntry()).toSorted()));

it('docs/audit.md names every filter of a search and of an export', () => {
  expect(rowsOf('Filters').toSorted()).toEqual(Object.keys(auditQuerySchema.shape).toSorted());
  const { format: _, ...filters } = auditExportSchema.shape;
  for (const filter of Object.keys(filters)) expect(rowsOf('Filters')).toContain(filter);
});

it.each(AUDIT_FORMATS)('docs/audit.md shows the line that is really written as %s', (format) => {
  const { contentType, line } = EXPORT_FORMATS[format];
  expect(section('Formats')).toContain(`\`${format}\` (\`${contentType}\`)`);
  expect(section('Formats')).toContain(`\n${line(anEntry(), PRODUCT_IN_TEST)}\n`);
});
