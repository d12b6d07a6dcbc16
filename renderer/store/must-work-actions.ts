import type { MustWork } from '../../shared/access/must-work-entry.ts';
import { call } from '../api/bridge.ts';
import { attempt } from './actions.ts';
import { keyOf, type Named } from './must-work.ts';
import { read, update } from './state.ts';

/** Asks how those named would fare with the plan that was built last. */
export async function judgeNamed(): Promise<void> {
  await attempt(async () => {
    const { named } = read().mustWork;
    const answer = await call('plan.mustWork', { named: named.map(({ entry }) => entry) });
    if (read().mustWork.named === named) update((state) => ({ mustWork: { ...state.mustWork, ...answer } }));
  });
}

async function setNamed(named: readonly Named[]): Promise<void> {
  update((state) => ({ mustWork: { ...state.mustWork, named, judged: [] } }));
  await judgeNamed();
}

/** Names somebody, or takes the name back. */
export async function toggleNamed(entry: MustWork, isNamed: boolean): Promise<void> {
  const others = read().mustWork.named.filter((one) => keyOf(one.entry) !== keyOf(entry));
  await setNamed(isNamed ? [...others, { entry, password: '' }] : others);
}

/** The password to try the login with. */
export function setPassword(entry: MustWork, password: string): void {
  update((state) => ({
    mustWork: {
      ...state.mustWork,
      named: state.mustWork.named.map((one) =>
        keyOf(one.entry) === keyOf(entry) ? { ...one, password } : one,
      ),
    },
  }));
}
