import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first: one that began last would hold up the end by all of its time. */
const longest = [
  'fixes/round-trips',
  'firewall/plan',
  'faults/matrix',
  'restart/services',
  'firewall/evaluator',
  'apply/guard',
  'restart/restart',
  'hard-inputs/names',
  'apply/round-trips',
];

const place = ({ moduleId }: TestSpecification): number => {
  const found = longest.findIndex((name) => moduleId.endsWith(`test/integration/${name}.test.ts`));
  return found < 0 ? longest.length : found;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted].sort((one, other) => place(one) - place(other));
  }
}
