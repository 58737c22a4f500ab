import { PROVIDER_KINDS } from '#access';
import type { Config } from '#platform';
import type { IdentityProvider } from '#policy';

/** By what people may sign in here, as the settings say; `undefined` in local-only mode, where nobody does. */
export const waysSetUp = ({
  mode,
  identity,
}: Pick<Config, 'mode' | 'identity'>): readonly IdentityProvider[] | undefined =>
  mode === 'local-only'
    ? undefined
    : ['local', ...PROVIDER_KINDS.filter((kind) => identity[kind] !== undefined)];
