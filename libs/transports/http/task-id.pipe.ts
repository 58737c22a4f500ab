import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { taskIdOf } from '../task-id.js';

/** The task an address names. */
@Injectable()
export class TaskId implements PipeTransform<string, string> {
  /** @throws {MeshError} `not_found` */
  transform(value: string): string {
    return taskIdOf(value);
  }
}
