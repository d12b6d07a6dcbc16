import { defineFix } from '../define-fix.ts';
import { settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

export const scramPasswords = defineFix({
  id: 'scram-passwords',
  resolves: ['pwd-encryption'],
  title: 'Store new passwords as SCRAM verifiers',
  description:
    'password_encryption becomes scram-sha-256. Passwords that are stored stay as they are until each is set anew.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings }) => settable(settings, ['password_encryption']),
  choices: () => [],
  plan: ({ settings, cluster }, _finding, _answers, preferences) => ({
    ok: true,
    operations: [setting({ settings, cluster, preferences }, 'password_encryption', 'scram-sha-256')],
  }),
});
