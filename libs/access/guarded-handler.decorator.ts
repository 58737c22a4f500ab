import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { CommandHandler, QueryHandler } from '@nestjs/cqrs';
import type { GuardedCommand, GuardedQuery } from './guarded.request.js';
import type { Demand } from './demand.js';

type Request = GuardedCommand<unknown> | GuardedQuery<unknown>;
type DemandOf<Asked> = (request: Asked) => Demand;

const DEMANDS = new Map<unknown, DemandOf<never>>();

/**
 * Registers a command's handler and, in the same breath, what it takes to reach it. There is no other way to
 * register one (`@nestjs/cqrs` belongs to this lib), so no command is left unguarded.
 */
export function GuardedHandler<Asked extends GuardedCommand<unknown>>(
  command: Type<Asked>,
  demand: DemandOf<Asked>,
): ClassDecorator {
  return (handler) => {
    DEMANDS.set(command, demand);
    CommandHandler(command)(handler);
  };
}

/** The same for a query. */
export function GuardedQueryHandler<Asked extends GuardedQuery<unknown>>(
  query: Type<Asked>,
  demand: DemandOf<Asked>,
): ClassDecorator {
  return (handler) => {
    DEMANDS.set(query, demand);
    QueryHandler(query)(handler);
  };
}

/** What it takes; `undefined` for a request nobody wrote a rule for, which the gate denies. */
export const demandOf = (request: Request): Demand | undefined =>
  DEMANDS.get(request.constructor)?.(request as never);

/** Whether a class of requests has a rule at all, for the test that none lacks one. */
export const hasDemand = (request: unknown): boolean => DEMANDS.has(request);
