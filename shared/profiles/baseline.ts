import type { Profile } from './profile.ts';

/** Our own judgement for a single server: what each check demands by default. */
export const baseline: Profile = {
  id: 'baseline',
  title: 'Baseline',
  description:
    'What a single server should have, by our own judgement. Made for a newcomer to finish in an afternoon.',
  parameters: () => ({}),
};
