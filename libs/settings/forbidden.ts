import { isAlias, isNode, isPair, isScalar, visit } from 'yaml';
import type { Document, Node } from 'yaml';

/** A construct that YAML has and settings may not use. */
type Forbidden = Readonly<{ offset: number; field: string; message: string }>;

/**
 * What a reader of the file could not see, or a program would take for something else: aliases, anchors, tags, keys
 * that are no text, and the one that stands for an object's prototype.
 */
export function forbiddenIn(document: Document): readonly Forbidden[] {
  const found: Forbidden[] = document.directives?.yaml.explicit ? [DIRECTIVE] : [];
  visit(document, (_, node, path) => {
    if (!isNode(node)) return;
    const message = complaint(node) ?? complaintOfKey(node, path.at(-1));
    if (message) found.push({ offset: node.range?.[0] ?? 0, field: fieldOf(path), message });
  });
  return found;
}

/** By the rules of 1.1, `no` is false and `<<` merges. */
const DIRECTIVE: Forbidden = {
  offset: 0,
  field: '',
  message: '%YAML: directives are not allowed: settings are YAML 1.2',
};

function complaint(node: Node): string | undefined {
  if (isAlias(node)) return `*${node.source}: aliases are not allowed: write the value out`;
  if ('anchor' in node && node.anchor) return `&${node.anchor}: anchors are not allowed: remove it`;
  return node.tag === undefined ? undefined : `${node.tag}: tags are not allowed: remove it`;
}

function complaintOfKey(node: Node, parent: unknown): string | undefined {
  if (!isPair(parent) || parent.key !== node) return undefined;
  return isScalar(node) && node.value !== '__proto__' ? undefined : 'there is no such key';
}

const fieldOf = (path: readonly unknown[]): string =>
  path
    .filter((step) => isPair(step))
    .map(({ key }) => String(key))
    .join('.');
