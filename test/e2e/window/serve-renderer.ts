import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { noncePlaceholder, windowPolicy } from '../../../main/electron/content-security-policy.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the built renderer on a loopback port under the window's own content security policy. */
export async function serveRenderer(
  folder: string,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const name = path.normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path.join(folder, name === '/' ? 'index.html' : name);
    readFile(file).then(
      (content) => {
        const type = types[path.extname(file)] ?? 'application/octet-stream';
        if (!file.endsWith('.html')) return response.writeHead(200, { 'Content-Type': type }).end(content);
        const nonce = randomBytes(18).toString('base64');
        return response
          .writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': windowPolicy(nonce) })
          .end(content.toString('utf8').replaceAll(noncePlaceholder, nonce));
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
