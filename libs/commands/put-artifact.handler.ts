import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { ArtifactStore } from '#artifacts';
import type { StoredArtifact } from '#artifacts';
import { MAX_ARTIFACT_BYTES } from '#contract';

/** Keeps what a task is to work on, to be named by its digest. */
export class PutArtifact extends GuardedCommand<StoredArtifact> {
  readonly #content: AsyncIterable<Uint8Array>;

  /** @param digest what the content is said to be, if it is */
  constructor(
    content: AsyncIterable<Uint8Array>,
    readonly digest?: string,
  ) {
    super();
    this.#content = content;
  }

  /** Hidden from the audit's hash of arguments: it flows by once. */
  content(): AsyncIterable<Uint8Array> {
    return this.#content;
  }
}

@GuardedHandler(PutArtifact, ({ digest }) => ({
  permissions: ['task:submit'],
  action: 'artifact.put',
  about: { type: 'artifact', id: digest ?? '' },
  recorded: true,
}))
export class PutArtifactHandler implements ICommandHandler<PutArtifact> {
  constructor(private readonly artifacts: ArtifactStore) {}

  execute(command: PutArtifact): Promise<StoredArtifact> {
    const { digest, cause } = command;
    const options = { maxBytes: MAX_ARTIFACT_BYTES, digest };
    return this.artifacts.put(cause.actor.tenant, command.content(), options);
  }
}
