import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What is written beside the data directory, so that the practice server is found again and known as one. */
export const practiceInfoSchema = z.object({
  kind: z.literal('portcullis-practice'),
  /** The folder of everything: programs, data, sockets. */
  directory: z.string(),
  binDirectory: z.string(),
  dataDirectory: z.string(),
  socketDirectory: z.string(),
  port: z.number(),
  /** The account that owns and runs the server; its role of the same name is the superuser. */
  owner: z.string(),
  /** `18.4` */
  version: z.string(),
  /** What the server writes before its log file is open. */
  startLog: z.string(),
});
export type PracticeInfo = z.infer<typeof practiceInfoSchema>;

export const infoFileName = 'portcullis-practice.json';

/** Reads it; null when there is none or it is not whole. */
export async function readInfo(directory: string): Promise<PracticeInfo | null> {
  try {
    const text = await readFile(join(directory, infoFileName), 'utf8');
    return practiceInfoSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
