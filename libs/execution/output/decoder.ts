/**
 * Bytes to text that Postgres can hold, across the borders of chunks: what is not UTF-8, and NUL, becomes U+FFFD.
 * (UTF-8 decodes to no lone surrogates.)
 */
export class OutputDecoder {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  decode(bytes: Uint8Array): string {
    return clean(this.decoder.decode(bytes, { stream: true }));
  }

  /** What an unfinished character at the end leaves. */
  end(): string {
    return clean(this.decoder.decode());
  }
}

const clean = (text: string): string => text.replaceAll('\0', '\uFFFD');
