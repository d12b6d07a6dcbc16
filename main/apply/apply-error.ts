/** Nothing was changed: what stood in the way, and what the person can do. */
export class ApplyRefused extends Error {
  readonly next: string;
  /** What a window can react to; null for everything else. */
  readonly refusal: 'unguarded' | null;

  constructor(message: string, next = '', options: ErrorOptions & { readonly refusal?: 'unguarded' } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApplyRefused';
    this.next = next;
    this.refusal = options.refusal ?? null;
  }
}

/** A step that did not do what it should: the run rolls back. */
export class StepFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StepFailed';
  }
}

/** The host has closed the run by itself (the guard fired, or another person rolled it back). */
export class RunClosed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RunClosed';
  }
}
