import { Command, Query } from '@nestjs/cqrs';
import { ungated } from './cause.js';
import type { Cause, Scope } from './cause.js';

/** What asks for a change. Built by whoever decodes the wire; only the gate gives it a cause. */
export abstract class GuardedCommand<Result> extends Command<Result> {
  #cause: Cause | null = null;

  get cause(): Cause {
    if (!this.#cause) throw ungated(this.constructor.name);
    return this.#cause;
  }

  /** The gate's alone to call: dependency-cruiser and a test keep it so. */
  because(cause: Cause): this {
    this.#cause = cause;
    return this;
  }
}

/** What asks for an answer. Only the gate gives it a scope. */
export abstract class GuardedQuery<Result> extends Query<Result> {
  #scope: Scope | null = null;

  get scope(): Scope {
    if (!this.#scope) throw ungated(this.constructor.name);
    return this.#scope;
  }

  within(scope: Scope): this {
    this.#scope = scope;
    return this;
  }
}
