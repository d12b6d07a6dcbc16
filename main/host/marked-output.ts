/** Bytes kept while the marker has not come: what a login shell's start-up files print, or why there is no shell. */
const noiseKept = 64 * 1024;

/** Collects output from the line of the marker on, up to a limit; what is above is counted and dropped. */
export class MarkedOutput {
  readonly #mark: Buffer;
  readonly #limit: number;
  #noise: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #kept = 0;
  started = false;
  truncated = false;
  /** Bytes that came above the limit. */
  dropped = 0;

  constructor(marker: string, limit: number) {
    this.#mark = Buffer.from(`${marker}\n`);
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.started) {
      this.#keep(chunk);
      return;
    }
    const joined = Buffer.concat([this.#noise, chunk]);
    const position = joined.indexOf(this.#mark);
    if (position < 0) {
      this.dropped += Math.max(0, joined.length - noiseKept);
      this.#noise = Buffer.from(joined.subarray(Math.max(0, joined.length - noiseKept)));
      return;
    }
    this.started = true;
    this.#noise = Buffer.from(joined.subarray(0, position));
    this.#keep(joined.subarray(position + this.#mark.length));
  }

  /** What came before the marker. */
  get noise(): string {
    return this.#noise.toString('utf8');
  }

  /** The number of the script's shell, which stands before the marker on standard error. */
  get pid(): number | null {
    const digits = this.started ? /(\d+) $/.exec(this.noise)?.[1] : undefined;
    return digits === undefined ? null : Number(digits);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #keep(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const room = this.#limit - this.#kept;
    const part = chunk.length > room ? chunk.subarray(0, Math.max(0, room)) : chunk;
    if (part.length < chunk.length) {
      this.truncated = true;
      this.dropped += chunk.length - part.length;
    }
    if (part.length > 0) this.#chunks.push(part);
    this.#kept += part.length;
  }
}
