import type { RunPlace } from '../shell/run-variables.ts';
import { runFolder } from '../shell/run-variables.ts';

/** Services that a rollback has to come after when the host boots: they load what it puts back. */
const earlier = [
  'network.target',
  'postgresql.service',
  'nftables.service',
  'iptables.service',
  'netfilter-persistent.service',
  'ufw.service',
  'firewalld.service',
];

/** `%` starts a specifier in unit files. */
const inUnit = (text: string): string => text.replaceAll('%', '%%');

/**
 * Unit files, not a transient timer: they survive a reboot. The calendar time is the deadline, also across a reboot
 * (Persistent catches up when it passed while the host was down); the monotonic one holds when the clock is set back.
 * Without AccuracySec a timer may be a minute late.
 */
export function armSystemd(place: RunPlace): readonly string[] {
  const { cluster, runId, actor } = place;
  const unit =
    cluster.service.kind === 'systemd' && /^[\w@.:\\-]+$/.test(cluster.service.unit)
      ? cluster.service.unit
      : null;
  const service = [
    '[Unit]',
    `Description=Portcullis: roll run ${runId} back unless it was kept`,
    `After=${[...earlier, ...(unit === null ? [] : [unit])].join(' ')}`,
    'StartLimitIntervalSec=1h',
    'StartLimitBurst=60',
    '',
    '[Service]',
    // Tried again when it was killed or could not put everything back: a full disk gets room, a file its rights. Not a
    // oneshot, which systemd restarts since 244 only.
    'Type=simple',
    'Restart=on-failure',
    'RestartSec=20',
    // A server that revert.sh starts by hand outlives it.
    'KillMode=process',
    `ExecStart=/bin/sh ${inUnit(runFolder(actor, runId))}/revert.sh --by guard`,
  ];
  const folder = '/etc/systemd/system';
  return [
    `service=${folder}/portcullis-guard-$ID.service`,
    `unit=portcullis-$timer-$ID.timer`,
    `cat >"$service" <<'UNIT'`,
    ...service,
    'UNIT',
    `when=$(date -u -d "@$at" '+%Y-%m-%d %H:%M:%S UTC')`,
    `cat >"${folder}/$unit" <<UNIT`,
    '[Unit]',
    `Description=Portcullis: when run ${runId} is rolled back`,
    '',
    '[Timer]',
    'OnCalendar=$when',
    'OnActiveSec=$seconds',
    'Persistent=true',
    'AccuracySec=100ms',
    'Unit=portcullis-guard-$ID.service',
    '',
    '[Install]',
    'WantedBy=timers.target',
    'UNIT',
    `chmod 644 "$service" "${folder}/$unit"`,
    `mkdir -p ${folder}/timers.target.wants`,
    // What `systemctl enable` does, without making systemd read all its units a second time.
    `ln -sf "${folder}/$unit" "${folder}/timers.target.wants/$unit"`,
    'systemctl daemon-reload',
    'systemctl start "$unit"',
    `fsync "$service" "${folder}/$unit" ${folder} ${folder}/timers.target.wants`,
    '[ "$(systemctl is-active "$unit")" = active ]',
    '[ "$(systemctl is-enabled "$unit")" = enabled ]',
  ];
}
