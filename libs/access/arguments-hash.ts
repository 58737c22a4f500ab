import { hash } from 'node:crypto';
import { canonicalJson } from '#contract';

/** SHA-256, hex, of a request's own fields as canonical JSON (RFC 8785: keys sorted, no space). */
export const argumentsHash = (request: object): string => hash('sha256', canonicalJson(request), 'hex');
