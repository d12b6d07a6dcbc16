/** A time limit that stands still while a person is being asked. */
export class PatientTimer {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | null = null;
  #left = 0;
  #since = 0;
  #pauses = 0;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /** Starts the limit anew. */
  start(milliseconds: number): void {
    this.stop();
    this.#left = milliseconds;
    if (this.#pauses === 0) this.#run();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#left = 0;
  }

  /** Runs `work` without counting its time. */
  async pausedDuring<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
      this.#left = Math.max(0, this.#left - (Date.now() - this.#since));
    }
    try {
      return await work();
    } finally {
      this.#pauses -= 1;
      if (this.#pauses === 0 && this.#left > 0) this.#run();
    }
  }

  #run(): void {
    this.#since = Date.now();
    this.#timer = setTimeout(this.#expired, this.#left);
  }
}
