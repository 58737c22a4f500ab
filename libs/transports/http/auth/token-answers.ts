import type { DeviceCode, SignedIn } from '#access';

/** Tokens as RFC 6749 §5.1 names their parts, beside our own names for them. */
export const tokenAnswer = (signedIn: SignedIn) => ({
  ...signedIn,
  access_token: signedIn.accessToken,
  token_type: signedIn.tokenType,
  expires_in: signedIn.expiresIn,
  ...(signedIn.refreshToken === undefined ? {} : { refresh_token: signedIn.refreshToken }),
});

/** Where a person goes to let a device in. */
export const DEVICE_PAGE = '/v1/auth/device';

/** What a device shows and asks with (RFC 8628 §3.2). */
export function deviceAnswer(code: DeviceCode, origin: string) {
  const { deviceCode, userCode, expiresInSeconds, intervalSeconds } = code;
  const page = `${origin}${DEVICE_PAGE}`;
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${encodeURIComponent(userCode)}`,
    expires_in: expiresInSeconds,
    interval: intervalSeconds,
  };
}
