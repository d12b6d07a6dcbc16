import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../../main/report/html.tsx';
import { printable, printableJson } from '../../../shared/lib/hostile-text.ts';
import { reportMarkdown } from '../../../shared/report/markdown.ts';
import { reportText } from '../../../shared/report/text.ts';
import { hostsAvailable, startHost, type TestHost } from '../../hosts/hosts.ts';
import { openTarget } from './target.ts';

const mebibyte = 1024 * 1024;

/** Puts a program of this text in the place of another. */
const inPlaceOf = (path: string, text: string): string =>
  `mv ${path} ${path}.real; printf '%s\\n' '#!/bin/bash' ${text
    .split('\n')
    .map((line) => `'${line.replaceAll("'", `'\\''`)}'`)
    .join(' ')} >${path}; chmod 755 ${path}`;

const escapes = String.raw`printf '\033]0;owned\007\033[2J\033[1;31m\x9b1mPC00 + system.facts\nlies\nPC00 - \n0\n'`;

let host: TestHost;

beforeAll(async () => {
  if (hostsAvailable() !== null) return;
  host = await startHost({ suite: 'bookworm', name: 'hrd5', index: 132, running: true });
  await host.run(`set -e
# Never ends, and does not mind that nobody listens.
${inPlaceOf('/usr/bin/ss', `trap '' PIPE TERM HUP\n${escapes}\nwhile :; do printf '\\033[31mLISTEN 0 0 \\x9b*:1 *:*\\n' 2>/dev/null; done`)}
# Leaves a process behind that holds its output open, and never answers.
${inPlaceOf('/usr/sbin/nft', `trap '' TERM\n(trap '' TERM HUP; setsid sleep 120) &\nsleep 120`)}
# Binary garbage, then gigabytes.
${inPlaceOf('/usr/bin/dpkg-query', `head -c 300000 /dev/urandom; head -c 3G /dev/zero`)}
${inPlaceOf('/usr/bin/psql', escapes)}
${inPlaceOf('/usr/sbin/ufw', `${escapes}\n${escapes} >&2\nexit 7`)}
printf 'NAME="\\033[2Jx"\\nPRETTY_NAME="\\033]0;x\\007Debian\\033[31m \\342\\200\\256"\\nID=debian\\n' >/etc/os-release
printf '\\033[2J%.0s' $(seq 2000) >/etc/ssh/banner; echo 'Banner /etc/ssh/banner' >/etc/ssh/sshd_config.d/banner.conf
printf '%s\\n' 'echo 00000000000000000000ffff; head -c 100000 /dev/urandom; printf "\\033[2J"; echo 1 00000000000000000000ffff >&2' >/tmp/noise
cat /tmp/noise /home/ops/.bashrc >/tmp/bashrc; cp /tmp/bashrc /home/ops/.bashrc
printf 'host all all 10.0.0.0/8 md5 # \\033[31mred\\302\\2331m\\n' >>/etc/postgresql/15/main/pg_hba.conf
printf '2026-11-22 10:00:00 UTC [1] \\033[2J LOG:  connection authorized: user=\\033[31mred database=x\\n' >>/var/log/postgresql/postgresql-15-main.log
systemctl reload ssh postgresql`);
  await host.exec(
    `/usr/bin/psql.real -Xq -c "COMMENT ON DATABASE postgres IS E'\\\\033[2J'" -c "CREATE ROLE \\"$(printf '\\033[31mred')\\" LOGIN SUPERUSER"`,
    { user: 'postgres' },
  );
}, 120_000);

afterAll(async () => {
  await host?.stop();
});

describe.skipIf(hostsAvailable() !== null)('a host whose programs lie, flood and hang', () => {
  test('is inspected in bounded time and memory, and nothing of it reaches the screen', async () => {
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
    const started = Date.now();
    const target = await openTarget(host, null);
    try {
      const report = await target.scan();
      const seconds = (Date.now() - started) / 1000;
      expect(seconds).toBeLessThan(75);
      expect((peak - before) / mebibyte).toBeLessThan(400);
      const facts = target.session.facts?.facts;
      // What hung or flooded says so; the rest is there.
      expect(
        facts?.firewall.state === 'collected' ? JSON.stringify(facts.firewall) : facts?.firewall.reason,
      ).toMatch(/no answer|interrupted/);
      expect(facts?.settings).toMatchObject({ state: 'collected' });
      expect(facts?.roles).toMatchObject({ state: 'collected' });
      expect(facts?.configurationFiles.state).toBe('collected');
      expect(JSON.stringify(facts?.system)).not.toContain('lies');
      for (const text of [
        reportText(report),
        reportMarkdown(report),
        printableJson(report),
        reportHtml(report),
      ])
        expect(printable(text)).toBe(text);
    } finally {
      clearInterval(timer);
      await target.close();
    }
  }, 120_000);
});
