import type { JsonValue } from '#task';

/** Text that the log can hold: no NUL, and no half of a character. */
export const storableText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

/** The same of every text in a value; what JSON cannot say is left out. */
export function storable(value: unknown): JsonValue {
  return cleaned(JSON.parse(JSON.stringify(value ?? null)) as JsonValue);
}

function cleaned(value: JsonValue): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(cleaned);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [storableText(key), cleaned(each)]));
}

/** Text that comes in pieces, cut anywhere: half a character waits for its other half. */
export class StorableStream {
  private half = '';

  push(text: string): string {
    const all = this.half + text;
    this.half = isHigh(all.charCodeAt(all.length - 1)) ? all.slice(-1) : '';
    return storableText(this.half === '' ? all : all.slice(0, -1));
  }

  end(): string {
    return storableText(this.half);
  }
}

const isHigh = (code: number): boolean => code >= 0xd8_00 && code <= 0xdb_ff;
