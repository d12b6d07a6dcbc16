import { Duplex } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import type { DeflateRaw, InflateRaw } from 'node:zlib';
import { HostError } from '../host/host.ts';

const maximumNoise = 64 * 1024;
/**
 * Bytes that a session may bring: each answer that is asked for is limited by its statement, and all together are far
 * below. What sends more is no PostgreSQL server.
 */
const maximumBytes = 128 * 1024 * 1024;

/**
 * A channel of a host in the shape that pg wants of a socket (`connect`, `setNoDelay`, …). With a mark, what comes
 * before the bridge's line is thrown away, and the stream is connected once that line says `ok`; with `ok deflate` both
 * directions are packed from there on.
 */
export class ServerStream extends Duplex {
  readonly #inner: Duplex;
  #mark: Buffer | null;
  #noise = Buffer.alloc(0);
  #opened: (() => void) | null = null;
  #pack: DeflateRaw | null = null;
  #unpack: InflateRaw | null = null;
  #received = 0;
  readonly #ready: Promise<void>;

  constructor(inner: Duplex, mark: string | null) {
    super({ allowHalfOpen: false });
    this.#inner = inner;
    this.#mark = mark === null ? null : Buffer.from(`${mark} `);
    this.#ready =
      mark === null
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            this.#opened = resolve;
            this.once('error', reject);
            this.once('close', () =>
              reject(
                new HostError('link-lost', 'the bridge to the server ended before it was connected', ''),
              ),
            );
          });
    this.#ready.catch(() => undefined);
    inner.on('data', (chunk: Buffer) => this.#receive(chunk));
    inner.once('end', () => this.#end());
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => this.destroy());
  }

  /** Settles when the far end is connected; rejects with what the bridge said. */
  ready(): Promise<void> {
    return this.#ready;
  }

  connect(): this {
    this.#ready.then(
      () => this.emit('connect'),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    this.#unpack?.resume();
    if (this.#unpack?.writableNeedDrain !== true) this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const target = this.#pack ?? this.#inner;
    if (target.write(chunk)) done();
    else {
      const go = () => {
        target.off('drain', go);
        target.off('close', go);
        done();
      };
      target.on('drain', go);
      target.on('close', go);
    }
  }

  override _final(done: () => void): void {
    (this.#pack ?? this.#inner).end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    this.#pack?.destroy();
    this.#unpack?.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    if (this.#mark === null) {
      this.#deliver(chunk);
      return;
    }
    this.#noise = Buffer.concat([this.#noise, chunk]);
    const start = this.#noise.indexOf(this.#mark);
    const end = start < 0 ? -1 : this.#noise.indexOf(10, start);
    if (end < 0) {
      if (this.#noise.length > maximumNoise)
        this.destroy(new HostError('link-lost', 'the host prints too much before the bridge starts', ''));
      return;
    }
    const verdict = this.#noise.toString('utf8', start + this.#mark.length, end).trim();
    const rest = this.#noise.subarray(end + 1);
    this.#mark = null;
    this.#noise = Buffer.alloc(0);
    if (verdict === 'ok deflate') this.#startPacking();
    else if (verdict !== 'ok') {
      this.destroy(bridgeError(verdict));
      return;
    }
    this.#opened?.();
    if (rest.length > 0) this.#deliver(rest);
  }

  #end(): void {
    // Packed bytes that are still underway in the unpacker come first.
    if (this.#unpack === null) this.push(null);
    else this.#unpack.flush(() => this.push(null));
  }

  #deliver(chunk: Buffer): void {
    if (!(this.#unpack === null ? this.#pass(chunk) : this.#unpack.write(chunk))) this.#inner.pause();
  }

  #pass(chunk: Buffer): boolean {
    this.#received += chunk.length;
    if (this.#received <= maximumBytes) return this.push(chunk);
    this.destroy(new HostError('link-lost', 'the server sends far more than was asked for', ''));
    return false;
  }

  #startPacking(): void {
    // Each statement has to leave at once, so each write is flushed.
    const pack = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    pack.on('error', (error) => this.destroy(error));
    pack.pipe(this.#inner);
    this.#pack = pack;
    const unpack = createInflateRaw();
    unpack.on('data', (chunk: Buffer) => {
      if (!this.#pass(chunk)) unpack.pause();
    });
    unpack.on('drain', () => this.#inner.resume());
    unpack.on('error', (error) => this.destroy(error));
    this.#unpack = unpack;
  }
}

function bridgeError(verdict: string): HostError {
  if (verdict === 'none')
    return new HostError(
      'not-found',
      'the host has no program that can reach a Unix socket',
      'Install perl, python3, socat or netcat-openbsd on the host, or give a PostgreSQL password for TCP.',
    );
  const reason = verdict.replace(/^error /, '').slice(0, 200);
  return /no such file|connection refused/i.test(reason)
    ? new HostError('unreachable', 'the server is not running', 'Start the PostgreSQL server.')
    : new HostError('denied', `the Unix socket refused: ${reason}`, 'Check the modes of the socket folder.');
}
