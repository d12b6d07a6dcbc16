import { checks } from '../../shared/checks/registry.ts';
import { fixes } from '../../shared/fixes/registry.ts';
import type { Waiver } from '../../shared/findings/finding.ts';
import { findProfile } from '../../shared/profiles/registry.ts';
import type { Judge } from '../../shared/report/build-report.ts';
import { AppError } from '../../shared/contract/errors.ts';

/** All checks and fixes, with a profile and the waivers of a target. Throws AppError for a profile that is not there. */
export function judgeBy(profileId: string, waivers: readonly Waiver[]): Judge {
  const profile = findProfile(profileId);
  if (profile === undefined)
    throw new AppError('invalid-input', `There is no profile "${profileId}".`, 'Use baseline or cis.');
  return { checks, fixes, profile, waivers };
}
