import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { decode } from '#contract';
import { MeshError } from '#errors';

const MAX_DEPTH = 64;

/** Decodes a body, a query or a parameter: what reaches the controller is what the schema says. */
export class Decode<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  /** @throws {MeshError} `invalid_request` */
  transform(value: unknown): z.output<Schema> {
    if (deeperThan(MAX_DEPTH, value))
      throw new MeshError('invalid_request', `nested deeper than ${MAX_DEPTH} levels`);
    return decode(this.schema, value ?? {});
  }
}

/** Level by level, for a schema that recurses would exhaust the stack on a mebibyte of "[". */
function deeperThan(limit: number, value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
