import type { TaskSubmitRequest } from '#contract';
import { MeshError } from '#errors';

/** What a submit may ask for by the contract, and this version would only ignore: refused, rather than believed. */
const UNSUPPORTED = {
  requires: 'worker labels are not scheduled by',
  budget: 'budgets are not enforced by',
} as const satisfies Partial<Record<keyof TaskSubmitRequest, string>>;

/** @throws {MeshError} `unsupported`, naming the field */
export function refuseUnsupported(request: TaskSubmitRequest): void {
  for (const [field, why] of Object.entries(UNSUPPORTED)) {
    if (request[field as keyof typeof UNSUPPORTED] === undefined) continue;
    throw new MeshError('unsupported', `${field}: ${why} this version`, {
      field,
      hint: `submit without ${field}`,
    });
  }
}
