import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { textEvidence } from '../support/evidence.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import {
  findSetting,
  listEntries,
  settingEvidence,
  settingMissing,
  settingSubject,
} from '../support/settings.ts';
import { listOf } from '../support/words.ts';

/** Libraries that slow down or ban who guesses. */
const slowing: readonly string[] = ['auth_delay', 'credcheck'];

export const tcpAuthDelay = defineCheck({
  id: 'tcp-auth-delay',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Guessing passwords is slowed down',
    fail: 'Passwords may be guessed at full speed',
    topic: 'Guessing of passwords',
  },
  why: 'PostgreSQL counts no failed logins and locks no role. Whoever reaches the port may try passwords as fast as the server answers, on many connections at once.',
  misuse: [
    'A program tries the passwords of a list for the usual names, thousands a minute.',
    'Nobody notices, and sooner or later one of them fits.',
  ],
  byHand: [
    "Add auth_delay to what is loaded, without losing the rest: ALTER SYSTEM SET shared_preload_libraries = 'pgaudit, auth_delay';",
    'Restart, then ALTER SYSTEM SET auth_delay.milliseconds = 500; and SELECT pg_reload_conf();',
    'Or let fail2ban read the log of the server and ban addresses in the firewall.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('auth-delay.html', 'auth_delay')],
  },
  needs: ['settings'],
  uses: ['system'],
  parameters: z.object({}),
  judge({ settings }, _context, { system }) {
    const heard = listening(settings);
    if (heard !== null && isLocalOnly(heard))
      return { status: 'not-applicable', summary: localOnlyReason(heard) };
    const setting = findSetting(settings, 'shared_preload_libraries');
    if (setting === undefined) return settingMissing('shared_preload_libraries');
    const loaded = listEntries(setting).filter((name) => slowing.includes(name.replace(/^.*\//, '')));
    const jails = system.state === 'collected' ? system.value.banningJails : undefined;
    const evidence = [
      settingEvidence(setting, loaded.length > 0 || (jails?.length ?? 0) > 0 ? null : 'with auth_delay'),
      textEvidence(
        jails === undefined
          ? 'Whether fail2ban watches the log could not be seen.'
          : jails.length === 0
            ? 'No jail of fail2ban is for PostgreSQL.'
            : `fail2ban: ${listOf(jails)}.`,
      ),
    ];
    const delay = Number(findSetting(settings, 'auth_delay.milliseconds')?.value ?? 0);
    if (loaded.includes('auth_delay') && !loaded.includes('credcheck') && delay === 0 && !jails?.length) {
      return {
        status: 'fail',
        title: 'auth_delay is loaded and waits for 0 milliseconds',
        summary: 'auth_delay is loaded, but auth_delay.milliseconds is 0.',
        evidence,
        subjects: [settingSubject('auth_delay.milliseconds')],
      };
    }
    if (loaded.length > 0)
      return { status: 'pass', summary: `${listOf(loaded)} slows down who guesses.`, evidence };
    if (jails !== undefined && jails.length > 0)
      return { status: 'pass', summary: `fail2ban watches PostgreSQL: ${listOf(jails)}.`, evidence };
    return {
      status: 'fail',
      summary: 'Neither auth_delay nor credcheck is loaded, and no jail of fail2ban is known.',
      evidence,
      subjects: [settingSubject('shared_preload_libraries')],
    };
  },
});
