import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { answering } from '#event-store';
import { ProjectionRunner } from './projection-runner.service.js';

/** Empties a read model and folds it again from the log. Until that is done it answers `unavailable`. */
export class RebuildProjection extends GuardedCommand<void> {
  constructor(readonly name: string) {
    super();
  }
}

@GuardedHandler(RebuildProjection, ({ name }) => ({
  permissions: ['config:write'],
  operators: true,
  recorded: true,
  about: { type: 'projection', id: name },
  action: 'projection.rebuild',
}))
export class RebuildProjectionHandler implements ICommandHandler<RebuildProjection> {
  constructor(private readonly runner: ProjectionRunner) {}

  async execute({ name }: RebuildProjection): Promise<void> {
    const [known] = this.runner.known(name);
    await answering(() => this.runner.rebuild(known));
  }
}
