import { hostname, userInfo } from 'node:os';

/** The person and machine, for the records. */
export function byWhom(): string {
  return `${userInfo().username}@${hostname()}`;
}
