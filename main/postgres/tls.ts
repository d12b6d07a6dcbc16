import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks a PostgreSQL server for TLS on a fresh stream and wraps the stream when it agrees; otherwise gives the stream
 * back as it is. The certificate is not verified: the ssh host key or the loopback has proven the far end, and a
 * server under inspection often has no certificate that anybody could verify.
 */
export async function withTls(stream: Duplex): Promise<{ stream: Duplex; tls: boolean }> {
  const answer = await new Promise<string>((resolve, reject) => {
    const closed = () => reject(new Error('the server closed the connection'));
    stream.once('error', reject);
    stream.once('close', closed);
    stream.once('readable', () => {
      stream.off('error', reject);
      stream.off('close', closed);
      const byte = stream.read(1) as Buffer | null;
      resolve(byte === null ? '' : byte.toString('latin1'));
    });
    stream.write(sslRequest);
  });
  // Anything that follows the answer unencrypted would be an injection before the handshake (CVE-2021-23222).
  if (answer === 'S' && stream.readableLength > 0)
    throw new Error('unexpected bytes before the TLS handshake');
  if (answer !== 'S') return { stream, tls: false };
  const secure = connectTls({ socket: stream, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    secure.once('secureConnect', resolve);
    secure.once('error', reject);
  });
  return { stream: secure, tls: true };
}
