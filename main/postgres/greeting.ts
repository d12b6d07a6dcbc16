import type { Duplex } from 'node:stream';
import { withTls } from './tls.ts';

/** What a PostgreSQL server says to a client before it asks for a password. */
export type Greeting =
  | { readonly kind: 'asks'; readonly method: string; readonly tls: boolean }
  /** Let in at once: trust, peer or a certificate. */
  | { readonly kind: 'in'; readonly tls: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly tls: boolean }
  /** Something answers that is no PostgreSQL server. */
  | { readonly kind: 'other' };

const methods: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  3: 'a password in clear',
  5: 'an md5 password',
  7: 'GSSAPI',
  9: 'SSPI',
  10: 'a SCRAM password',
};

/** StartupMessage of protocol 3.0. */
function startup(role: string, database: string): Buffer {
  const words = ['user', role, 'database', database, 'application_name', 'portcullis', ''];
  const body = Buffer.from(words.map((word) => `${word}\0`).join(''), 'utf8');
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

const largestMessage = 64 * 1024;

/** The first message of the server: its type and its body. Rejects when the stream ends or the message is too long. */
function firstMessage(stream: Duplex): Promise<{ readonly type: string; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const failed = (error?: Error): void => {
      stream.off('data', take);
      reject(error ?? new Error('the server closed the connection'));
    };
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 5) return;
      const length = bytes.readInt32BE(1);
      if (length < 4 || length > largestMessage) return failed(new Error('it is no PostgreSQL server'));
      if (bytes.length < length + 1) return;
      stream.off('data', take);
      resolve({ type: bytes.toString('latin1', 0, 1), body: bytes.subarray(5, length + 1) });
    };
    stream.on('data', take);
    stream.once('error', failed);
    stream.once('close', () => failed());
    stream.once('end', () => failed());
  });
}

/** Fields of an ErrorResponse by their letters. */
function fieldsOf(body: Buffer): ReadonlyMap<string, string> {
  return new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
}

/**
 * Asks a server on a fresh stream who it would let in: TLS where it has it, then a startup packet. No password is sent;
 * the stream is closed in any case. Rejects when the stream breaks before an answer.
 */
export async function greet(
  stream: Duplex,
  role: string,
  database: string,
  signal: AbortSignal,
): Promise<Greeting> {
  const stop = (): void => void stream.destroy(new Error('the server did not answer in time'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  stream.on('error', () => undefined);
  try {
    const { stream: secured, tls } = await withTls(stream);
    secured.on('error', () => undefined);
    const answer = firstMessage(secured);
    secured.write(startup(role, database));
    const { type, body } = await answer;
    if (type === 'R' && body.length >= 4) {
      const method = body.readInt32BE(0);
      if (method !== 0) return { kind: 'asks', method: methods[method] ?? `proof of kind ${method}`, tls };
      // Terminate, so that the log shows no broken connection.
      secured.write(Buffer.from([0x58, 0, 0, 0, 4]));
      return { kind: 'in', tls };
    }
    if (type !== 'E') return { kind: 'other' };
    const fields = fieldsOf(body);
    return { kind: 'refused', code: fields.get('C') ?? '', message: fields.get('M') ?? '', tls };
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
