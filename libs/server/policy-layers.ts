import { join } from 'node:path';
import { PolicyFile } from '#access';
import type { Logger, Stop } from '#contract';
import type { IdentityProvider, PolicyDocument, PolicyLayer } from '#policy';

/** The layers of a policy that are files of the repository this process was started for. */
export type PolicyLayers = Readonly<{
  /** The same array while they are the same. */
  current: () => readonly PolicyLayer[];
  watch: (watching: PolicyLayersWatching) => Stop;
}>;

export type PolicyLayersWatching = Readonly<{
  /** Called whenever others hold. */
  changed: () => void;
  /** Asked before others hold; what it throws is wrong with them. */
  accept: (layers: readonly PolicyLayer[]) => Promise<void>;
}>;

export type PolicyLayersOptions = Readonly<{
  workspace: string;
  logger: Logger;
  /** Ways to sign in that are set up, so that no file names another. @default names are not checked */
  providers: readonly IdentityProvider[] | undefined;
}>;

/** @throws {MeshError} `invalid_request` with every problem of the file, with line and column */
export function policyLayers({ workspace, logger, providers }: PolicyLayersOptions): PolicyLayers {
  const file = new PolicyFile(join(workspace, '.coderClaw', 'security.yaml'), logger, { providers });
  let layers = layersOf(file.document);
  return {
    current: () => layers,
    watch: ({ changed, accept }) =>
      file.watch({
        accept: (document) => accept(layersOf(document)),
        changed: () => {
          layers = layersOf(file.document);
          changed();
        },
      }),
  };
}

const layersOf = (document: PolicyDocument | null): readonly PolicyLayer[] =>
  document ? [{ name: 'repository', document }] : [];
