import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';
import { saidBy } from '../run-shell.ts';

/** Lines of an undo that keep the rules in force beside those that are put back; it goes on without. */
const keepRules = (number: string, save: readonly string[]): readonly string[] => [
  `old=$SAVE; SAVE="\${SAVE%/save/*}/drifted/rules-${number}-$(date -u +%Y%m%dT%H%M%SZ)"; export SAVE`,
  '( mkdir -p "$SAVE"; set -e',
  ...save,
  ') && echo "kept the rules in force as $SAVE" || :',
  'SAVE=$old',
];

/** Rules of the host's firewall: its files are copied, its rules in the kernel saved, both put back by the undo. */
export const firewallHandler: OperationHandler<OperationOf<'firewall'>> = {
  reads: ({ files }) => files.map((path) => ({ path, content: false })),
  prepare(operation, preparation, number) {
    for (const path of operation.files) {
      if (preparation.file(path).type === 'folder') throw new ApplyRefused(`${path} is no file.`);
    }
    return {
      undo: [
        ...operation.files.map((path) => preparation.undoFile(path)),
        // First the rules as they are now: somebody may have added some since.
        {
          kind: 'commands',
          title: 'putting the firewall back',
          lines: [...keepRules(number, operation.save), ...operation.restore],
        },
      ],
      server: 'nothing',
      save: operation.save,
      texts: [],
      budgetSeconds: 30,
      async run(tools) {
        for (const line of operation.commands) tools.log('firewall', line);
        const output = await tools.change(operation.commands, 60_000);
        const said = saidBy(output, 300);
        if (said !== '') tools.log('firewall', said);
        // What came of it: the same listing that the undo is made from, for the log of the run.
        await tools.read([
          `SAVE="$RUN/saved-after/${number}"; mkdir -p "$SAVE"; export SAVE`,
          ...operation.save,
        ]);
        return 'rules loaded';
      },
    };
  },
};
