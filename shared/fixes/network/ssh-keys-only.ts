import type { FactValue } from '../../facts/facts.ts';
import type { Finding } from '../../findings/finding.ts';
import { listOf } from '../../checks/support/words.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered } from '../support/offers.ts';
import type { OfferAnswer } from '../support/offers.ts';
import { readsSnippets, snippetPath, sshdSnippet } from '../support/sshd.ts';

const path = snippetPath('00-portcullis');

/** Accounts that could log in with a password and would have no other way. */
function withoutKey(accounts: FactValue<'accounts'>, keys: readonly string[]): readonly string[] {
  return accounts.users
    .filter(
      ({ uid, shell }) =>
        uid >= 1000 && uid < 65_000 && !/\/(nologin|false|sync)$/.test(shell) && shell !== '',
    )
    .map(({ name }) => name)
    .filter((name) => !keys.includes(name));
}

function ownKey(system: FactValue<'system'>, sshd: FactValue<'sshd'>): OfferAnswer {
  return sshd.accountsWithKeys.includes(system.loginUser)
    ? offered
    : notOffered(`Account ${system.loginUser} has no key on the host. Put one there first: ssh-copy-id.`);
}

/** The lines of the file, one for each weak setting. */
function linesOf(finding: Finding): readonly string[] {
  const weak = new Set(finding.subjects.map(({ name }) => name));
  return [
    // With a key, so that programs that log in as root with theirs stay able to.
    ...(weak.has('permitrootlogin') ? ['PermitRootLogin prohibit-password'] : []),
    ...(weak.has('passwordauthentication') ? ['PasswordAuthentication no'] : []),
    ...(weak.has('kbdinteractiveauthentication') ? ['KbdInteractiveAuthentication no'] : []),
    ...(weak.has('challengeresponseauthentication') ? ['ChallengeResponseAuthentication no'] : []),
  ];
}

export const sshKeysOnly = defineFix({
  id: 'ssh-keys-only',
  resolves: ['ssh-root-password'],
  title: 'Let SSH take keys only',
  description: `A file ${path} forbids what was found. It is checked with sshd -t before sshd reads it. Accounts without a key on the host would be refused.`,
  effect: 'live',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['sshd', 'system', 'accounts'],
  // Whoever came in by a password would not come in again.
  safeFor: ({ system }) => system.loggedInWith === 'key',
  offer: ({ sshd, system, accounts }) =>
    allOffered(
      readsSnippets(system),
      ownKey(system, sshd),
      accounts.users.length === 0 ? notOffered('The accounts of the host could not be read.') : offered,
    ),
  choices({ sshd, accounts }) {
    const refused = withoutKey(accounts, sshd.accountsWithKeys);
    if (refused.length === 0) return [];
    return [
      {
        kind: 'one',
        key: 'without-key',
        label: `${listOf(refused)} ${refused.length === 1 ? 'has' : 'have'} no key on the host. Go on?`,
        options: [
          { value: 'wait', label: 'No, they need a key first', seen: '', chosen: true },
          { value: 'refuse', label: 'Yes, they would be refused', seen: refused.join(', '), chosen: false },
        ],
      },
    ];
  },
  plan({ sshd, system, accounts }, finding, answers) {
    const own = ownKey(system, sshd);
    if (!own.ok) return own;
    const refused = withoutKey(accounts, sshd.accountsWithKeys);
    if (refused.length > 0 && answers['without-key'] !== 'refuse') {
      return {
        ok: false,
        reason: `${listOf(refused)} would be refused. Give them a key first, or choose to go on.`,
      };
    }
    const lines = linesOf(finding);
    if (lines.length === 0) return { ok: false, reason: 'Nothing of sshd is left to change.' };
    return { ok: true, operations: [sshdSnippet('00-portcullis', lines)] };
  },
});
