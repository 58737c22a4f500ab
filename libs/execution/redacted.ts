/** Of variables some are no secrets: what is shorter than this stands in many a text. */
export const MIN_VARIABLE_CHARACTERS = 4;

/**
 * A text without these values: whoever was given them may answer with them.
 *
 * @param minCharacters values that are shorter stay
 */
export const redacted = (text: string, values: readonly string[], minCharacters = 1): string =>
  values
    .filter((value) => value.length >= minCharacters)
    .toSorted((one, other) => other.length - one.length) // one may be a part of another
    .reduce((so, value) => so.replaceAll(value, '[redacted]'), text);
