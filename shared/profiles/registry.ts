import { baseline } from './baseline.ts';
import { cis } from './cis.ts';
import type { Profile } from './profile.ts';

export const profiles: readonly Profile[] = [baseline, cis];

/** The profile of this id, or undefined. */
export function findProfile(id: string): Profile | undefined {
  return profiles.find((profile) => profile.id === id);
}
