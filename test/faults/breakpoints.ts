import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestHost } from '../hosts/hosts.ts';
import type { Point } from './points.ts';

/** Commands that change something; what is between two of them leaves the same state. */
const commands = [
  'mkdir',
  'rmdir',
  'cp',
  'mv',
  'rm',
  'ln',
  'touch',
  'chmod',
  'chown',
  'setfacl',
  'sync',
  'runuser',
  'systemctl',
  'pg_ctlcluster',
  'nft',
  'iptables',
  'ip6tables',
  'iptables-restore',
  'ip6tables-restore',
  'ufw',
  'firewall-cmd',
  'sysctl',
  'openssl',
  'apt-get',
  'dpkg',
  'sshd',
  'crontab',
];

// On a tmpfs of its own, so that it works when the disk is full, and is gone after a reboot.
const folder = '/run/faults';

// One for all commands: counts, stops at the chosen one until told to go on, then runs the real one.
const wrapper = `#!/bin/sh
name=\${0##*/}
at=; n=0
if [ -e ${folder}/on ]; then
  read -r n <${folder}/n; n=$((n + 1)); echo "$n" >${folder}/n
  if [ -e ${folder}/trace ]; then printf '%s %s\\n' "$name" "$(printf '%s ' "$@" | tr '\\n' ' ' | cut -c1-90)" >>${folder}/trace; fi
  read -r at <${folder}/at || at=
fi
stop() { echo "$$" >${folder}/hit.new; /bin/mv ${folder}/hit.new ${folder}/hit; while [ ! -e ${folder}/go ]; do /bin/sleep 0.02; done; }
PATH=\${PATH#${folder}/bin:}
case $at in
  "$n-") stop; exec "$name" "$@" ;;
  "$n+") "$name" "$@"; result=$?; stop; exit "$result" ;;
  *) exec "$name" "$@" ;;
esac
`;

/** Put in front of a script: its commands are found in the folder of wrappers first. */
export const breakpointHead = `if [ -e ${folder}/on ]; then PATH=${folder}/bin:$PATH; export PATH; fi\n`;

/** Stops the scripts of a run on the host at a chosen command. */
export class Breakpoints {
  readonly #machine: TestHost;

  constructor(machine: TestHost) {
    this.#machine = machine;
  }

  /** Counts from zero; stops at the point, or never. */
  async set(point: Point | null, trace: boolean): Promise<void> {
    const at = point === null ? '-' : `${point.number}${point.when}`;
    await this.#machine.run(
      [
        `mkdir -p ${folder}; mountpoint -q ${folder} || mount -t tmpfs -o size=1m,mode=755 faults ${folder}`,
        `mkdir -p ${folder}/bin; rm -f ${folder}/hit ${folder}/go ${folder}/trace`,
        `[ -e ${folder}/bin/mv ] || { cat >${folder}/bin/mkdir; chmod 755 ${folder}/bin/mkdir; for name in ${commands.slice(1).join(' ')}; do ln ${folder}/bin/mkdir ${folder}/bin/$name; done; }`,
        `echo 0 >${folder}/n; echo '${at}' >${folder}/at`,
        trace ? `: >${folder}/trace` : ':',
        `: >${folder}/on`,
        `systemctl set-environment PATH=${folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ].join('\n'),
      { input: wrapper },
    );
  }

  /** Nothing is counted any more. */
  async clear(): Promise<void> {
    await this.#machine.exec(
      `systemctl unset-environment PATH; : >${folder}/go; rm -f ${folder}/on ${folder}/bin/date; true`,
    );
  }

  /** The commands that were counted. */
  async trace(): Promise<readonly string[]> {
    const text = (await this.#machine.exec(`cat ${folder}/trace 2>/dev/null`)).stdout;
    return text.split('\n').filter((line) => line !== '');
  }

  #path(name: string): string {
    return join('/proc', String(this.#machine.leader()), 'root', folder, name);
  }

  /** The process that stands at the point, as the host numbers it; null when it is not reached yet. */
  hit(): number | null {
    try {
      return existsSync(this.#path('hit')) ? Number(readFileSync(this.#path('hit'), 'utf8')) : null;
    } catch {
      return null;
    }
  }

  async goOn(): Promise<void> {
    await this.#machine.exec(`: >${folder}/go`);
  }
}
