import { expect, it } from 'vitest';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { largeHost } from './large-host.ts';

function workOf(lines: number): number {
  const work = { lines: 0, roles: 0 };
  exposuresOf(readGround(largeHost({ lines, rules: 50, roles: 20, databases: 5 })), work);
  return work.lines;
}

it('costs work that grows with the lines and not with their square', () => {
  const [small, large] = [workOf(200), workOf(800)];
  // Four times the lines: sixteen times the work if each line were held against each other.
  expect(large / small).toBeGreaterThan(2);
  expect(large / small).toBeLessThan(6);
  // Each line is laid on once for each class of roles and databases that meets it, not for each pair of lines.
  expect(small).toBeLessThan(200 * 200);
});
