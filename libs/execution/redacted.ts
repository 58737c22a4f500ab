/** What is shorter is no secret, and stands in many a text. */
const MIN_SECRET_CHARACTERS = 8;

/** A text without these values: whoever was given them may answer with them. */
export const redacted = (text: string, values: readonly string[]): string =>
  values
    .filter((value) => value.length >= MIN_SECRET_CHARACTERS)
    .toSorted((one, other) => other.length - one.length) // one may be a part of another
    .reduce((so, value) => so.replaceAll(value, '[redacted]'), text);
