/** Remembers the end of a text, in at most `maxBytes` of UTF-8, cut between characters. */
export class Tail {
  private kept = '';

  constructor(private readonly maxBytes: number) {}

  push(text: string): void {
    this.kept += text;
    // as many characters as bytes are allowed is never too few
    if (this.kept.length > 2 * this.maxBytes) this.kept = this.kept.slice(-this.maxBytes);
  }

  text(): string {
    const bytes = Buffer.from(this.kept);
    if (bytes.length <= this.maxBytes) return this.kept;
    let start = bytes.length - this.maxBytes;
    while (((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1; // inside a character
    return bytes.toString('utf8', start);
  }
}
