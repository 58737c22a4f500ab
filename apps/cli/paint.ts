/** What a colour says. */
export type Tone = 'good' | 'bad';

const CODES = {
  good: ['\u001B[32m', '\u001B[39m'],
  bad: ['\u001B[31m', '\u001B[39m'],
} as const satisfies Record<Tone, readonly [string, string]>;

/** Text in the colour of its tone; without one, as it is. */
export function painted(text: string, tone: Tone | undefined): string {
  if (tone === undefined) return text;
  const [on, off] = CODES[tone];
  return `${on}${text}${off}`;
}
