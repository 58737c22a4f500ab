import { PRIVATE_KEY_MEMBERS, isSecretName } from './secret-names.js';

export const REDACTED = '[redacted]';

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

/** Secrets that can be told by their own form, wherever in a text they stand. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bcc_(at|rt|pat)_[\w-]+/g, `cc_$1_${REDACTED}`],
  [/\b(bearer|dpop|basic)\s+[\w.~+/=-]{16,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED], // a JSON Web Token
  [/\$argon2(id|i|d)\$[^\s"']+/g, REDACTED],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g, REDACTED],
  [/([?&#](?:code|state|[a-z_]*token|client_secret)=)[^&\s"']+/gi, `$1${REDACTED}`],
  [/([a-z][\w+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${REDACTED}@`], // an address with a password
];

/** A text without the secrets that can be told by their form. */
export const redactText = (text: string): string =>
  SECRET_TEXTS.reduce((so, [form, instead]) => so.replaceAll(form, instead), text);

type Walk = Readonly<{ depth: number; above: readonly object[] }>;
const TOP: Walk = { depth: 0, above: [] };

/**
 * Fields as they may be logged: what has a secret's name at any depth, and what has a secret's form in any text, is
 * replaced. Errors are told with their stack, code, details and causes, which JSON alone would drop.
 */
export const redact = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  membersOf(fields, { depth: 1, above: [fields] });

function valueOf(value: unknown, walk: Walk = TOP): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (walk.above.includes(value)) return '[circular]';
  if (walk.depth >= MAX_DEPTH) return '[deep]';
  return objectOf(value, { depth: walk.depth + 1, above: [...walk.above, value] });
}

function objectOf(value: object, walk: Walk): unknown {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return errorOf(value, walk);
  if (value instanceof Map) return membersOf(Object.fromEntries(value), walk);
  if (Array.isArray(value) || value instanceof Set) return itemsOf([...value], walk);
  if ('toJSON' in value && typeof value.toJSON === 'function') return valueOf(value.toJSON(), walk);
  return membersOf(value, walk);
}

function itemsOf(items: readonly unknown[], walk: Walk): readonly unknown[] {
  const told = items.slice(0, MAX_ITEMS).map((item) => valueOf(item, walk));
  return items.length > MAX_ITEMS ? [...told, `[${items.length - MAX_ITEMS} more]`] : told;
}

function membersOf(value: object, walk: Walk): Record<string, unknown> {
  const isKey = 'kty' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const secret = isSecretName(name) || (isKey && PRIVATE_KEY_MEMBERS.has(name));
      return [name, secret && holdsSomething(member) ? REDACTED : valueOf(member, walk)];
    }),
  );
}

/** Whether a secret is there or not is no secret, and often the question. */
const holdsSomething = (member: unknown): boolean =>
  member !== undefined && member !== null && member !== '' && typeof member !== 'boolean';

function errorOf(error: Error, walk: Walk): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const causes = error instanceof AggregateError ? { errors: itemsOf(error.errors, walk) } : {};
  return {
    type: name,
    message: redactText(message),
    ...membersOf(error, walk),
    ...causes,
    ...(cause === undefined ? {} : { cause: valueOf(cause, walk) }),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
  };
}
