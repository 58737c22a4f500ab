import type { IDToken, ServerMetadata, UserInfoResponse } from 'openid-client';
import { label, subjectSchema } from './profile.js';
import type { Profile } from './profile.js';
import { refused } from './sign-in-refused.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * The person that a checked ID token is about. What they are called is often in the userinfo alone; that is asked only
 * where the token does not say.
 */
export async function personOf(
  { iss, sub, ...claims }: IDToken,
  userinfo: () => Promise<UserInfoResponse>,
  { userinfo_endpoint: endpoint }: Pick<ServerMetadata, 'userinfo_endpoint'>,
): Promise<Profile> {
  if (!subjectSchema.safeParse(sub).success)
    throw refused('the subject of the ID token is not 1–255 ASCII characters');
  const saysMore = endpoint !== undefined && !isCalled(claims);
  return { issuer: iss, subject: sub, ...namesIn(saysMore ? await userinfo() : claims) };
}

const isCalled = ({ name, preferred_username, email }: Claims): boolean =>
  [name, preferred_username, email].some((called) => called !== undefined);

const namesIn = ({ name, preferred_username, email, email_verified }: Claims) => ({
  name: label(preferred_username),
  displayName: label(name),
  email: email_verified === true ? label(email) : undefined,
});
