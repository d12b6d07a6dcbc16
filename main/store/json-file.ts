import { open, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '../../shared/contract/errors.ts';

/**
 * Writes a file so that after a crash there is the old or the new content, never half of one: a temporary file beside
 * it, fsync, rename, fsync of the folder. Mode 0600.
 */
export async function writeFileSafely(file: string, content: string | Uint8Array): Promise<void> {
  const directory = path.dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = path.join(directory, `.${path.basename(file)}.${randomBytes(4).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // Windows knows no fsync of a folder.
  if (process.platform === 'win32') return;
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** One JSON file of the program's own data, validated when it is read. A missing file gives the initial value. */
export class JsonFile<T> {
  readonly #file: string;
  readonly #schema: z.ZodType<T>;
  readonly #initial: T;

  constructor(file: string, schema: z.ZodType<T>, initial: T) {
    this.#file = file;
    this.#schema = schema;
    this.#initial = initial;
  }

  /** Rejects with AppError 'invalid-data' when the file holds something else; it is left as it is. */
  async read(): Promise<T> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return this.#initial;
      throw error;
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (error) {
      throw new AppError(
        'invalid-data',
        `${this.#file} cannot be read as Portcullis wrote it.`,
        'Move the file away and start again; a new one is made.',
        { cause: error },
      );
    }
  }

  async write(value: T): Promise<void> {
    await writeFileSafely(this.#file, `${JSON.stringify(this.#schema.parse(value), null, 2)}\n`);
  }
}
