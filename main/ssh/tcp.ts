import { connect, type Socket } from 'node:net';
import { HostError } from '../host/host.ts';
import { cancelledError } from '../host/abort.ts';
import { unreachableError } from './errors.ts';

/** Opens a TCP connection. Rejects with HostError 'unreachable', 'timeout' or 'cancelled'; the socket is gone then. */
export function connectTcp(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelledError());
      return;
    }
    const socket = connect({ host, port, noDelay: true });
    const finish = (error: HostError | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeListener('error', failed);
      if (error === null) resolve(socket);
      else {
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      }
    };
    const failed = (error: Error): void => finish(unreachableError(host, port, error));
    const abort = (): void => finish(cancelledError());
    const timer = setTimeout(
      () =>
        finish(
          new HostError(
            'timeout',
            `${host} port ${port} did not answer within ${Math.round(timeoutMs / 1000)} seconds. A firewall may drop the packets.`,
            'Check the address, the port and the firewalls on the way.',
          ),
        ),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => finish(null));
  });
}
