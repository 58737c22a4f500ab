const CONTROL_PICTURES = 0x2400;
const DELETE_PICTURE = '\u2421';
const REPLACEMENT = '\uFFFD';

/** C0 and C1 controls, DEL, and the marks that reorder text on the screen. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Text of others, made fit to stand in a table or a progress line: on one line, and with no sequence in it that the
 * terminal would obey. Controls show as their pictures (`␛`).
 */
export const harmless = (text: string): string =>
  text.replaceAll(/[\t\r\n]+/g, ' ').replaceAll(UNSAFE, (character) => pictureOf(character));

function pictureOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x7f) return DELETE_PICTURE;
  return code < 0x20 ? String.fromCodePoint(CONTROL_PICTURES + code) : REPLACEMENT;
}

/** At most `width` characters, the last an ellipsis if something was left out. */
export function shortened(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** The same for text of several lines, which stay lines. */
export const harmlessLines = (text: string): string => text.split('\n').map(harmless).join('\n');
