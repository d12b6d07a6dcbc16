import { Duplex, type Readable, type Writable } from 'node:stream';

/**
 * One well-behaved stream out of the two halves of a process or an ssh channel (whose own close and destroy differ from
 * Node's). `release` is called once, when the stream is closed or destroyed.
 */
export class JoinedStream extends Duplex {
  readonly #input: Readable;
  readonly #output: Writable;
  #release: (() => void) | null;

  constructor(input: Readable, output: Writable, release: () => void) {
    super({ allowHalfOpen: true });
    this.#input = input;
    this.#output = output;
    this.#release = release;
    // A failure between the opening and the first listener must not end this program.
    this.on('error', () => undefined);
    input.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) input.pause();
    });
    input.on('end', () => this.push(null));
    input.on('close', () => this.push(null));
    input.on('error', (error) => this.destroy(error));
    output.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#input.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#output.destroyed || !this.#output.writable) {
      callback(new Error('The other side has closed the stream'));
      return;
    }
    if (this.#output.write(chunk)) callback();
    else {
      const done = (): void => {
        this.#output.removeListener('drain', done);
        this.#output.removeListener('close', done);
        callback();
      };
      this.#output.once('drain', done);
      this.#output.once('close', done);
    }
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#output.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const release = this.#release;
    this.#release = null;
    release?.();
    callback(error);
  }
}
