import { isAlias, isNode, isPair, isScalar, visit } from 'yaml';
import type { Document, Node } from 'yaml';

/** A construct that YAML has and settings may not use. */
type Forbidden = Readonly<{ offset: number; field: string; message: string }>;

/**
 * What a reader of the file could not see, or a program would take for something else: aliases, anchors, tags, and
 * the key that stands for an object's prototype.
 */
export function forbiddenIn(document: Document): readonly Forbidden[] {
  const found: Forbidden[] = [];
  visit(document, (_, node, path) => {
    if (!isNode(node)) return;
    const message = complaint(node) ?? (isPrototypeKey(node, path.at(-1)) ? PROTOTYPE : undefined);
    if (message) found.push({ offset: node.range?.[0] ?? 0, field: fieldOf(path, node), message });
  });
  return found;
}

const PROTOTYPE = 'there is no such key';

function complaint(node: Node): string | undefined {
  if (isAlias(node)) return `*${node.source}: aliases are not allowed: write the value out`;
  if ('anchor' in node && node.anchor) return `&${node.anchor}: anchors are not allowed: remove it`;
  return node.tag === undefined ? undefined : `${node.tag}: tags are not allowed: remove it`;
}

const isPrototypeKey = (node: Node, parent: unknown): boolean =>
  isScalar(node) && node.value === '__proto__' && isPair(parent) && parent.key === node;

const fieldOf = (path: readonly unknown[], node: Node): string =>
  path
    .filter((step) => isPair(step))
    .map(({ key }) => String(key))
    .join('.') || String(node);
