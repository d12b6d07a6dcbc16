import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder, readProjectFile } from './tracked-files.ts';

/** Licences that let the program be shipped under MIT; each asks for no more than to be named. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'PostgreSQL',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

interface LockEntry {
  readonly dev?: boolean;
  readonly license?: string;
}

/** `(MIT OR Apache-2.0)` needs one allowed part, `MIT AND ISC` all of them. */
function isAllowed(licence: string): boolean {
  const plain = licence.replaceAll(/[()]/g, '').trim();
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAllowed);
  return plain.split(' AND ').every((part) => allowed.has(part.trim()));
}

function licenceOf(path: string, entry: LockEntry): string {
  if (entry.license !== undefined) return entry.license;
  const manifest = `${path}/package.json`;
  if (!existsSync(join(projectFolder, manifest))) return '';
  const described = JSON.parse(readProjectFile(manifest)) as {
    readonly license?: unknown;
    readonly licenses?: readonly { readonly type: string }[];
  };
  if (typeof described.license === 'string') return described.license;
  // Older packages list them.
  return described.licenses?.map(({ type }) => type).join(' OR ') ?? '';
}

describe('the packages that are shipped', () => {
  const { packages } = JSON.parse(readProjectFile('package-lock.json')) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  // The window's packages are bundled: they are shipped although npm counts them as development packages.
  const manifest = JSON.parse(readProjectFile('package.json')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const bundled = ['react-aria-components', 'lucide-react', 'zustand'].map((name) => `node_modules/${name}`);

  it('have licences that allow it', () => {
    const shipped = Object.entries(packages).filter(
      ([path, entry]) => path !== '' && (entry.dev !== true || bundled.includes(path)),
    );
    expect(shipped.length).toBeGreaterThan(15);
    const refused = shipped
      .map(([path, entry]) => [path, licenceOf(path, entry)] as const)
      .filter(([, licence]) => !isAllowed(licence));
    expect(refused).toEqual([]);
  });

  it('are the bundled ones that are known here', () => {
    for (const path of bundled)
      expect(manifest.devDependencies).toHaveProperty(path.replace('node_modules/', ''));
  });
});
