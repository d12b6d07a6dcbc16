import { createServer } from 'node:net';

const first = 54320;
const last = 54419;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free port of the loopback address: the one remembered when it is free, else the first of 54320 to 54419. */
export async function freePort(remembered: number | null): Promise<number> {
  if (remembered !== null && (await isFree(remembered))) return remembered;
  for (let port = first; port <= last; port += 1) if (await isFree(port)) return port;
  throw new Error(`No port between ${first} and ${last} is free on this machine`);
}
