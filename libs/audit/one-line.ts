/** What some readers take for the end of a line, though JSON does not. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** A value as JSON on one line, for readers of every kind. */
export const oneLine = (value: object): string =>
  JSON.stringify(value).replaceAll(
    LINE_ENDS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
