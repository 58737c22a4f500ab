import { LineCounter, isNode, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '#errors';
import { checkValues, unreadable } from './check.js';
import type { Reading } from './check.js';
import { forbiddenIn } from './forbidden.js';

/** What is hostile takes the parser a time that grows with the square of its size: this much, about a second. */
const MAX_BYTES = 256 * 1024;

/**
 * Reads a YAML document by a schema. An empty one sets nothing. Every problem is found at once and says
 * `name:line:column`; unknown and duplicate keys, anchors, aliases and tags are problems.
 */
export function readYaml<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  name: string,
): Reading<z.output<Schema>> {
  const start = { where: `${name}:1:1`, field: '' };
  if (Buffer.byteLength(text) > MAX_BYTES)
    return unreadable({ ...start, message: `is larger than ${MAX_BYTES} bytes` });
  try {
    return readDocument(schema, text, name);
  } catch (error) {
    // The parser is recursive: what is nested too deeply for it overflows the stack.
    return unreadable({ ...start, message: `cannot be read as YAML: ${messageOf(error)}` });
  }
}

function readDocument<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  name: string,
): Reading<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const [first, ...others] = [
    ...document.errors.map((error) => ({ where: at(error.pos[0]), field: '', message: error.message })),
    ...forbiddenIn(document).map(({ offset, field, message }) => ({ where: at(offset), field, message })),
  ];
  if (first) return unreadable(first, ...others);
  return checkValues(schema, document.toJS() ?? {}, (path) => at(offsetOf(document, path)));
}

/** The nearest node to a path that is really in the document. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
