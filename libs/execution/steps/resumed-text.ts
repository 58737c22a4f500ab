/** The line that parts what a step had put out before it was cut off from what it says when done again. */
export const ASKED_AGAIN = '\n— the model was asked again —\n';

/**
 * Text of a step that is done again, after an earlier attempt had put some of it out: what readers have is not repeated
 * as long as the new text is the same. Where it differs, a line says so and the new text follows whole.
 */
export class ResumedText {
  /** What readers have and the new text has not reached yet. */
  private expected: string;
  private repeated = '';

  /** @param onRecord what the step had put out; of several tries, the last counts */
  constructor(onRecord: string) {
    this.expected = onRecord.slice(lastTry(onRecord));
  }

  /** @returns what of it readers do not have */
  push(text: string): string {
    if (this.expected === '') return text;
    const common = Math.min(text.length, this.expected.length);
    if (text.slice(0, common) !== this.expected.slice(0, common)) return this.differing(text);
    this.repeated += text.slice(0, common);
    this.expected = this.expected.slice(common);
    return text.slice(common);
  }

  /** The text is over. @returns what readers still need, if they have more than there was of it */
  end(): string {
    return this.expected === '' ? '' : this.differing('');
  }

  private differing(text: string): string {
    const whole = ASKED_AGAIN + this.repeated + text;
    this.expected = '';
    return whole;
  }
}

function lastTry(text: string): number {
  const at = text.lastIndexOf(ASKED_AGAIN);
  return at < 0 ? 0 : at + ASKED_AGAIN.length;
}
