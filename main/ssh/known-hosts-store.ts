import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseKnownHosts, type KnownHostsEntry } from './known-hosts.ts';

/** Reads the files that exist, in order. A file that cannot be read counts as empty, as for ssh. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHostsEntry[]> {
  const read = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return parseKnownHosts(text, file).entries;
    }),
  );
  return read.flat();
}

/**
 * Appends one line in a single write, so that another ssh that appends at the same moment loses nothing; the folder is
 * made with mode 0700 and the file with 0600 where missing. Rejects with the file system's error.
 */
export async function appendKnownHost(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1, '\n');
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    await handle.write(`${last[0] === 0x0a ? '' : '\n'}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
