const redacted = '[redacted]';

/**
 * A text that must never reach argv, a log, a journal or a report. Every way of turning it into text gives
 * `[redacted]`; only `reveal()` gives the value, at the one place that hands it to a password prompt.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted;
  }
}
