const HIDDEN = '[secret]';

/**
 * A password or token on its way through a request. However it is printed, hashed or sent, it shows nothing: a hash of
 * a password in the audit could be guessed from.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** For whoever needs the thing itself. */
  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return HIDDEN;
  }

  toString(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}
