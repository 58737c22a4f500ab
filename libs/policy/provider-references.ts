import type { IdentityProvider } from './compiled-policy.js';
import { membersOf, textsOf } from './loose.js';
import { IDENTITY_PROVIDERS } from './security-schema.js';

/** Ways to sign in that a policy names and nobody has set up: whoever relied on them would be shut out. */
export function notSetUp(
  document: unknown,
  setUp: readonly IdentityProvider[],
): readonly Readonly<{ path: readonly (string | number)[]; message: string }>[] {
  const lacking: ReadonlySet<string> = new Set(IDENTITY_PROVIDERS.filter((name) => !setUp.includes(name)));
  return textsOf(membersOf(membersOf(document)['identity'])['providers'])
    .filter(({ text }) => lacking.has(text))
    .map(({ index, text }) => ({
      path: ['identity', 'providers', index],
      message: `${text} is not set up, so nobody could sign in by it: set identity.${text} in .coderClaw/runtime.yaml, or leave it out`,
    }));
}
