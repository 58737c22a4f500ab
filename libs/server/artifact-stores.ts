import { FilesArtifactStore, JetStreamArtifactStore } from '#artifacts';
import type { ArtifactStore } from '#artifacts';
import type { Config } from '#platform';
import { NatsLink } from '#streaming';

/** Artifacts as files of this machine, or of a folder that machines share. */
export async function artifactFiles({ artifacts }: Config): Promise<ArtifactStore> {
  const { dir: folder, tenantQuotaBytes } = artifacts;
  const files = new FilesArtifactStore({ folder, tenantQuotaBytes });
  await files.sweep(); // also makes the folder: where it cannot be made, nothing starts
  return files;
}

/** Artifacts where the configuration says. While the broker is away those in it are, and nothing else. */
export async function artifactsOf(
  config: Config,
  connection: ConstructorParameters<typeof NatsLink>[0],
): Promise<ArtifactStore> {
  const { store, dir: folder, bucket, tenantQuotaBytes } = config.artifacts;
  const { replicas } = config.nats;
  return store === 'files'
    ? artifactFiles(config)
    : new JetStreamArtifactStore(new NatsLink(connection), { folder, bucket, tenantQuotaBytes, replicas });
}
