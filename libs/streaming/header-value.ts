const PLAIN = /^[!#$&-~]*$/;

/** Whatever is not printable ASCII, and `"` and `%`, is percent-encoded, as CloudEvents asks. */
export const toHeaderValue = (value: string): string =>
  PLAIN.test(value) ? value : value.replaceAll(/[^!#$&-~]+/gu, encodeURIComponent);
