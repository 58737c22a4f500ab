import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { EventStore } from '#event-store';
import { answering } from '../answering.js';
import { ProjectionRunner } from './projection-runner.service.js';

/** Empties a read model and folds it again from the log. Until that is done it answers `unavailable`. */
export class RebuildProjection extends GuardedCommand<void> {
  constructor(readonly name: string) {
    super();
  }
}

@GuardedHandler(RebuildProjection, () => ({
  permissions: ['config:write'],
  operators: true,
  action: 'projection.rebuild',
}))
export class RebuildProjectionHandler implements ICommandHandler<RebuildProjection> {
  constructor(
    private readonly runner: ProjectionRunner,
    private readonly store: EventStore,
  ) {}

  async execute({ name, cause }: RebuildProjection): Promise<void> {
    const [known] = this.runner.known(name);
    // There is no commit to carry the record, so it is written before its effect.
    if (cause.audit)
      await this.store.record({ ...cause.audit, resourceType: 'projection', resourceId: known });
    await answering(() => this.runner.rebuild(known));
  }
}
