import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';

const packageName = /^[A-Za-z0-9][A-Za-z0-9+.:_-]*$/;
const minutes = 60_000;

function commands({ manager, action, names }: OperationOf<'package'>): readonly string[] {
  const list = names.map(quoteShell).join(' ');
  if (manager === 'apt') {
    // Configuration files that were changed stay as they are; nothing is removed to make room for something else.
    const options =
      '-y --no-remove -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60';
    return [
      'export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a',
      `apt-get ${options} ${action === 'install' ? 'install --no-install-recommends' : 'install --only-upgrade'} ${list} >&2`,
      ...names.map(
        (name) => `dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status}\\n' ${quoteShell(name)}`,
      ),
    ];
  }
  return [
    `dnf -y --setopt=clean_requirements_on_remove=0 ${action === 'install' ? 'install' : 'upgrade'} ${list} >&2`,
    ...names.map((name) => `rpm -q ${quoteShell(name)}`),
  ];
}

/** Packages are installed or upgraded, never removed: the one change that no copy brings back. */
export const packageHandler: OperationHandler<OperationOf<'package'>> = {
  reads: () => [],
  prepare(operation) {
    const strange = operation.names.find((name) => !packageName.test(name));
    if (strange !== undefined) throw new ApplyRefused(`${strange} is no name of a package.`);
    return {
      undo: [{ kind: 'nothing', text: `stays installed: ${operation.names.join(' ')}` }],
      server: 'nothing',
      save: [],
      texts: [],
      budgetSeconds: 600,
      async run(tools) {
        const output = await tools.change(commands(operation), 15 * minutes);
        for (const line of output.trim().split('\n')) tools.log('package', line);
        // The server may have been restarted by its own package.
        await tools.closeSessions();
        return operation.action === 'install' ? 'installed' : 'upgraded';
      },
    };
  },
};
