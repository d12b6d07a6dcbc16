import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Session } from 'electron';
import { protocol } from 'electron';
import { findAppFile } from './app-files.ts';
import { appScheme, noncePlaceholder, windowPolicy } from './content-security-policy.ts';

/** Makes app:// an origin like https:// with storage, modules and a secure context. Has to run before `ready`. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

const commonHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Serves the built renderer, and nothing else, under app://portcullis/. */
export function serveApp(session: Session, folder: string): void {
  session.protocol.handle(appScheme, async (request) => {
    const file = request.method === 'GET' ? findAppFile(folder, request.url) : null;
    if (file === null) return new Response('Not found', { status: 404, headers: commonHeaders });
    let content: Buffer;
    try {
      content = await readFile(file.path);
    } catch {
      return new Response('Not found', { status: 404, headers: commonHeaders });
    }
    const headers = { ...commonHeaders, 'Content-Type': file.contentType };
    if (!file.path.endsWith('.html')) return new Response(new Uint8Array(content), { headers });
    const nonce = randomBytes(18).toString('base64');
    return new Response(content.toString('utf8').replaceAll(noncePlaceholder, nonce), {
      headers: { ...headers, 'Content-Security-Policy': windowPolicy(nonce), 'Cache-Control': 'no-store' },
    });
  });
}
