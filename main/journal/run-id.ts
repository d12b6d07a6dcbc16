import { randomBytes } from 'node:crypto';

const pattern = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/** A name for a run that sorts by time: `20261122T143107Z-9f3a61c2`. Safe in paths and unit names. */
export function newRunId(now: Date = new Date()): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}

/** True for a name that newRunId could have made: only such names are ever put into a path. */
export function isRunId(text: string): boolean {
  return pattern.test(text);
}
