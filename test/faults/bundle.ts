import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Bundles the program that is to be killed, once: so it starts in a third of a second. Gives its path. */
export async function bundleChild(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const outDir = join(here, '..', '..', 'out', 'faults');
  await mkdir(outDir, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(here, 'child.ts'),
      outDir,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { format: 'es', entryFileNames: `child-${process.pid}.js` } },
    },
  });
  return join(outDir, `child-${process.pid}.js`);
}
