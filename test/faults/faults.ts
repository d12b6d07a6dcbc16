import { rm, writeFile } from 'node:fs/promises';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Operation } from '../../shared/plan/operation.ts';
import * as make from '../integration/apply/operations.ts';
import { lockedTable } from './kinds.ts';
import type { Stage } from './stage.ts';

/** What a fault is told when it strikes. */
export interface Strike {
  readonly stage: Stage;
  /** The process on the host that stands at the point; null where the point is in the program. */
  readonly process: number | null;
}

/** Something that goes wrong in the middle of a run. */
export interface Fault {
  readonly name: string;
  /** The program is in a process of its own and is killed at the point. */
  readonly kills?: boolean;
  /** Each point of a run is tried, not a sample. */
  readonly everywhere?: boolean;
  /** Only points of this side make sense. */
  readonly side?: 'p' | 'h';
  /** Nothing strikes: the plan itself cannot be done. */
  readonly inPlan?: boolean;
  /** Needs the wrappers on the host also where the point is in the program. */
  readonly wrappers?: boolean;
  /** While it lasts the undo may be impossible; afterwards it must be possible. */
  readonly hinders?: boolean;
  /** Somebody else changes the same thing: it stays, or what is overwritten is kept and told. */
  readonly meddles?: boolean;
  /** The host cannot know that its client is gone: an idle session may stay until TCP gives up. */
  readonly leavesSession?: boolean;
  /** How long it lasts at least when the run does not end before. */
  readonly lastsMs?: number;
  /** Further steps behind those of the kind. */
  readonly steps?: readonly Operation[];
  readonly setUp?: (stage: Stage) => Promise<void>;
  readonly strike: (strike: Strike) => Promise<void>;
  /** Takes it away again, so that the host can be looked at. */
  readonly lift?: (stage: Stage) => Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/** Ends the script that stands at the point, with all that it started, as the kernel does when memory runs out. */
const killScript = (pid: number): string => `
tree() { echo "$1"; for child in $(pgrep -P "$1"); do tree "$child"; done; }
top=${pid}
while :; do
  parent=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$top/status)
  case $(cat /proc/$parent/comm 2>/dev/null) in sh | dash | bash | sudo | runuser) top=$parent ;; *) break ;; esac
done
kill -KILL $(tree $top)`;

const memory = async ({ machine }: Stage): Promise<void> => {
  await machine.run(
    'mkdir -p /var/lib/portcullis; mount -t tmpfs -o size=16m,mode=700 record /var/lib/portcullis',
  );
};
const disk = ({ machine }: Stage): string => dirname(machine.root);
const mount = (...args: string[]): void => void execFileSync('mount', args);

/** Folders of this machine's journal. */
const records = ({ home }: Stage): string => join(home, 'runs');
function journalsHere(stage: Stage): readonly string[] {
  const folder = join(records(stage), 'test-host');
  return readdirSync(folder).map((name) => join(folder, name));
}

function tearLast(path: string): void {
  truncateSync(path, Math.max(0, statSync(path).size - 9));
}

const blackout = `nft -f - <<'END'
table inet blackout {
 chain in { type filter hook input priority -300; tcp dport 22 drop; }
 chain out { type filter hook output priority -300; tcp sport 22 drop; }
}
END`;

/** A date that says another time; whoever asks to convert a time gets the truth. */
const otherDate = (seconds: number): string => `cat >/run/faults/bin/date <<'END'
#!/bin/sh
for one in "$@"; do [ "$one" != -d ] || exec /bin/date "$@"; done
exec /bin/date -d "now ${seconds > 0 ? '+' : '-'} ${Math.abs(seconds)} seconds" "$@"
END
chmod 755 /run/faults/bin/date`;

export const faults: readonly Fault[] = [
  { name: 'program-killed', kills: true, everywhere: true, strike: nothing },
  {
    name: 'script-killed',
    everywhere: true,
    side: 'h',
    strike: async ({ stage, process }) => {
      await stage.machine.exec(killScript(process ?? 0));
    },
  },
  { name: 'reset', everywhere: true, strike: async ({ stage }) => stage.wire.reset() },
  {
    name: 'dropped',
    leavesSession: true,
    strike: async ({ stage }) => void (await stage.machine.run(blackout)),
    lift: async ({ machine }) => void (await machine.exec('nft delete table inet blackout')),
    lastsMs: 25_000,
  },
  {
    name: 'other-admin',
    meddles: true,
    strike: async ({ stage }) => void (await stage.machine.exec(stage.kind.meddle(stage.bench).change)),
  },
  { name: 'reboot', everywhere: true, strike: async ({ stage }) => stage.reboot(true) },
  { name: 'reboot-orderly', strike: async ({ stage }) => stage.reboot(false) },
  {
    name: 'postgres-killed',
    strike: async ({ stage: { machine, cluster } }) =>
      void (await machine.exec(`kill -KILL $(head -n 1 ${cluster.dataDirectory}/postmaster.pid)`)),
  },
  {
    name: 'cannot-start',
    inPlan: true,
    steps: [
      make.setting('shared_buffers', '900GB', 'restart'),
      { kind: 'restart', reasons: ['shared_buffers'] },
    ],
    strike: nothing,
  },
  {
    name: 'run-folder-full',
    hinders: true,
    setUp: memory,
    strike: async ({ stage: { machine } }) =>
      void (await machine.exec('cat /dev/zero >/var/lib/portcullis/fill 2>/dev/null')),
    lift: async ({ machine }) => void (await machine.exec('rm -f /var/lib/portcullis/fill')),
    lastsMs: 20_000,
  },
  {
    name: 'disk-full',
    hinders: true,
    strike: async ({ stage }) => {
      const used = execFileSync('df', ['--output=used', '-k', disk(stage)], { encoding: 'utf8' });
      mount('-o', `remount,size=${Number(used.split('\n')[1]) + 64}k`, disk(stage));
      await stage.machine.exec('cat /dev/zero >/fill 2>/dev/null');
    },
    lift: async (stage) => {
      await stage.machine.exec('rm -f /fill');
      mount('-o', 'remount,size=2G', disk(stage));
    },
    lastsMs: 20_000,
  },
  {
    name: 'immutable',
    hinders: true,
    strike: async ({ stage }) =>
      void (await stage.machine.exec(
        `t=${stage.target}; [ -e $t ] || t=$(dirname $t); chattr +i $t; echo $t >/run/faults-immutable`,
      )),
    lift: async ({ machine }) => void (await machine.exec('chattr -i $(cat /run/faults-immutable)')),
    lastsMs: 20_000,
  },
  {
    name: 'read-only',
    hinders: true,
    strike: async ({ stage }) =>
      void (await stage.machine.exec(
        `f=$(dirname ${stage.target}); mount --bind $f $f && mount -o remount,ro,bind $f; echo $f >/run/faults-read-only`,
      )),
    lift: async ({ machine }) => void (await machine.exec('umount -l $(cat /run/faults-read-only)')),
    lastsMs: 20_000,
  },
  {
    name: 'no-sudo',
    strike: async ({ stage: { machine } }) =>
      void (await machine.run('cp -a /etc/sudoers.d/ops /run/faults-sudo; rm /etc/sudoers.d/ops')),
    lift: async ({ machine }) => void (await machine.run('cp -a /run/faults-sudo /etc/sudoers.d/ops')),
    lastsMs: 30_000,
  },
  {
    name: 'table-locked',
    steps: [lockedTable],
    strike: async ({ stage: { machine } }) =>
      void (await machine.exec(
        `systemd-run -q --uid=postgres env PGAPPNAME=locker psql -X -d postgres -c 'BEGIN; LOCK TABLE public.patients; SELECT pg_sleep(600)'; sleep 0.3`,
      )),
    lift: async ({ machine }) =>
      void (await machine.exec(
        `runuser -u postgres -- psql -XAtq -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'"`,
      )),
    hinders: true,
    lastsMs: 25_000,
  },
  {
    name: 'statement-timeout',
    strike: async ({ stage: { machine } }) =>
      void (await machine.exec(
        `runuser -u postgres -- psql -XAtq -d postgres -c "ALTER ROLE postgres SET statement_timeout = '1ms'"`,
      )),
    lift: async ({ machine }) =>
      void (await machine.exec(
        `for try in 1 2 3 4 5; do PGOPTIONS='-c statement_timeout=0' runuser -u postgres -- psql -XAtq -d postgres -c 'ALTER ROLE postgres RESET statement_timeout' && break; sleep 0.5; done`,
      )),
    hinders: true,
    lastsMs: 15_000,
  },
  {
    name: 'clock-forward',
    wrappers: true,
    strike: async ({ stage }) => void (await stage.machine.run(otherDate(86_400))),
  },
  {
    name: 'clock-back',
    wrappers: true,
    strike: async ({ stage }) => void (await stage.machine.run(otherDate(-86_400))),
  },
  {
    name: 'journal-torn',
    kills: true,
    strike: async ({ stage }) => {
      for (const path of journalsHere(stage)) tearLast(path);
      await stage.machine.exec(
        'for one in /var/lib/portcullis/runs/*/journal.jsonl; do [ ! -e $one ] || truncate -s -9 $one; done',
      );
    },
  },
  {
    name: 'data-lost',
    strike: async ({ stage }) => rm(records(stage), { recursive: true, force: true }),
  },
  {
    name: 'killed-data-lost',
    kills: true,
    strike: async ({ stage }) => rm(records(stage), { recursive: true, force: true }),
  },
  {
    name: 'disk-here-full',
    setUp: async (stage) => {
      mount('-t', 'tmpfs', '-o', 'size=128k', 'home', stage.home);
    },
    strike: async ({ stage }) => writeFile(join(stage.home, 'fill'), Buffer.alloc(200_000)).catch(nothing),
    lift: async (stage) => void execFileSync('umount', ['-l', stage.home]),
  },
];
