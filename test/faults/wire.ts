import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** The wire between the program and the host's sshd, which can be torn. */
export class Wire {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs: Set<readonly [Socket, Socket]>;

  private constructor(server: Server, port: number, pairs: Set<readonly [Socket, Socket]>) {
    this.#server = server;
    this.port = port;
    this.#pairs = pairs;
  }

  static async to(address: string): Promise<Wire> {
    const pairs = new Set<readonly [Socket, Socket]>();
    const server = createServer((near) => {
      const far = connect({ host: address, port: 22, noDelay: true });
      near.setNoDelay(true);
      const pair = [near, far] as const;
      pairs.add(pair);
      for (const [one, other] of [pair, [far, near] as const]) {
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          pairs.delete(pair);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address_ = server.address();
    if (address_ === null || typeof address_ === 'string') throw new Error('no port');
    return new Wire(server, address_.port, pairs);
  }

  /** Both ends get a reset, as from a firewall or a router that forgot the connection. */
  reset(): void {
    for (const [near, far] of [...this.#pairs]) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
