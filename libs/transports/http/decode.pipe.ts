import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { decode } from '#contract';

/** Decodes a body, a query or a parameter: what reaches the controller is what the schema says. */
export class Decode<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  /** @throws {MeshError} `invalid_request` */
  transform(value: unknown): z.output<Schema> {
    return decode(this.schema, value ?? {});
  }
}
