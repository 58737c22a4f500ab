/** How much of the room the end has. */
const END = 1 / 3;

/**
 * A text that somebody is to judge: whole where there is room for it, else its beginning and its end, with a word about
 * what is missing. One that was only cut could hide behind its beginning what it is for.
 */
export function shownWhole(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text.toWellFormed();
  const told = ` [… ${text.length} characters in all, too many to be shown: the middle is left out …] `;
  const room = maxCharacters - told.length;
  const end = Math.floor(room * END);
  return (text.slice(0, room - end).toWellFormed() + told + text.slice(-end).toWellFormed()).slice(
    0,
    maxCharacters,
  );
}
