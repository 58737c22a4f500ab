import type { Output } from './output.js';
import type { OneTimeToken } from './people.js';
import { when } from './table.js';

/** Says what to do with a token that is told once; the token itself is the result of whoever calls. */
export async function explainReset(
  output: Output,
  { expiresAt }: OneTimeToken,
  who: Readonly<{ name: string; tenant?: string | undefined }>,
): Promise<void> {
  const tenant = who.tenant === undefined ? '' : ` --tenant ${who.tenant}`;
  await output.note(
    `With this token, shown once and good until ${when(expiresAt)}, ${who.name} chooses a password:\n` +
      `  coderclaw login --url <address>${tenant} --user ${who.name} --reset-token-file <file>`,
  );
}
