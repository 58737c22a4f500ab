/** Names whose values are secret, in lower case and without separators: `Set-Cookie` and `set_cookie` are one name. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'cookies',
  'setcookie',
  'dpop',
  'proof',
  'assertion',
  'jwt',
  'credential',
  'credentials',
  'passwd',
  'passwordhash',
  'pwd',
  'codeverifier',
  'devicecode',
  'usercode',
  'privatejwk',
  'privatekeypem',
]);

/** So that `clientSecret`, `newPassword` and `x-api-key` are secret too, and `maxTokens` is not. */
const SECRET_ENDINGS = [
  'password',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'privatekey',
  'signingkey',
] as const;

/** Whether what has this name is a secret, as a header, a field or a setting. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
}

/** Members of a JSON Web Key (RFC 7518 §6) that nobody but its owner may know. */
export const PRIVATE_KEY_MEMBERS: ReadonlySet<string> = new Set([
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
]);
