import { extname, isAbsolute, relative, resolve } from 'node:path';
import { appOrigin } from './content-security-policy.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

export interface AppFile {
  readonly path: string;
  readonly contentType: string;
}

/**
 * The file that an address of the window means, or null when it means none: another origin, a way out of the folder,
 * a kind of file that the window has no use for.
 * @param folder absolute path of the built renderer
 */
export function findAppFile(folder: string, address: string): AppFile | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (`${url.protocol}//${url.host}` !== appOrigin || url.username !== '' || url.password !== '') return null;
  let name: string;
  try {
    name = decodeURIComponent(url.pathname);
  } catch {
    return null;
  }
  if (/[\0\\]/.test(name)) return null;
  const path = resolve(folder, `.${name === '/' ? '/index.html' : name}`);
  const inside = relative(folder, path);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return null;
  const contentType = contentTypes[extname(path)];
  return contentType === undefined ? null : { path, contentType };
}
