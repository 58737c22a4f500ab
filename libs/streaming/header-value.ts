import { MeshError } from '#errors';

/** Whatever is not printable ASCII, and `"` and `%`, is percent-encoded, as CloudEvents asks. */
export const toHeaderValue = (value: string): string => value.replaceAll(/[^!#$&-~]+/gu, encodeURIComponent);

/** @throws {MeshError} `invalid_request` if the encoding is broken */
export function fromHeaderValue(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new MeshError(
      'invalid_request',
      `${name} is not percent-encoded UTF-8`,
      { field: name },
      { cause },
    );
  }
}
