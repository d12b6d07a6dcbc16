import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** The account that the practice server belongs to; `switch` is set when this program is root and has to become it. */
export interface PracticeAccount {
  readonly name: string;
  readonly switch: { readonly uid: number; readonly gid: number } | null;
}

/** PostgreSQL refuses to run as root; then it runs as `postgres` where that account exists, else as `nobody`. */
export async function practiceAccount(): Promise<PracticeAccount> {
  if (process.getuid?.() !== 0) return { name: userInfo().username, switch: null };
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { name, switch: { uid: Number(fields[2]), gid: Number(fields[3]) } };
  }
  throw new Error('There is neither an account postgres nor an account nobody to run the server as');
}
