import type { AuditEntry } from '#contract';
import { oneLine } from './one-line.js';

/** The record as it was written. */
export const jsonl = (entry: AuditEntry): string => oneLine(entry);
