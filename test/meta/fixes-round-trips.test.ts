import { describe, expect, test } from 'vitest';
import { fixes } from '../../shared/fixes/registry.ts';
import { withoutFinding } from '../integration/fixes/groups-configuration.ts';
import { hostGroups } from '../integration/fixes/groups-hosts.ts';
import { groups as firstGroups, oneWay } from '../integration/fixes/groups.ts';

const groups = [...firstGroups, ...hostGroups];

/**
 * In more than one group: proved once with each of the programs that rule a firewall, or for the files with rules and
 * for those that they read in.
 */
const repeated: readonly string[] = ['firewall-chosen-networks', 'firewall-at-boot', 'private-hba-files'];

const ids = fixes.map(({ id }) => id);

describe('every fix makes its round trip on a real host', () => {
  test.each(['bookworm', 'trixie'] as const)('of %s', (suite) => {
    const proved = groups.filter(({ suites }) => suites.includes(suite)).flatMap((group) => group.fixes);
    const once = proved.filter((id, at) => !repeated.includes(id) || proved.indexOf(id) === at);
    const impossible = Object.keys(withoutFinding[suite]);
    expect([...once, ...oneWay, ...impossible].sort()).toEqual([...ids].sort());
  });

  test('and only a fix that cannot be undone has another proof', () => {
    const oneWayFixes = fixes.filter(({ reversible }) => !reversible).map(({ id }) => id);
    const staying = groups.flatMap(({ stays = {} }) => Object.keys(stays));
    expect([...oneWay, ...staying].sort()).toEqual(oneWayFixes.sort());
  });
});
