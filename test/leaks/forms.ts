/** In every planted secret, and nowhere else: letters and digits only, so that JSON, URLs and shells leave it as it is. */
export const MARK = 'plantedSecretZq';

const BYTES_IN_FRONT = [0, 1, 2] as const;

/**
 * A secret as it may stand in a text: as it is, in JSON, in a URL, in hex and in base64, where it looks different by what
 * stands before it, and its ends by what stands around it.
 */
export function formsOf(secret: string): readonly string[] {
  const base64 = BYTES_IN_FRONT.map((count) => {
    const encoded = Buffer.from('.'.repeat(count) + secret).toString('base64url');
    return encoded.slice(count === 0 ? 0 : count + 1, -2);
  });
  const inBase64 = base64.flatMap((text) => [text, text.replaceAll('-', '+').replaceAll('_', '/')]);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ...new Set([secret, json, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...inBase64]),
  ];
}
