import { assertNever } from '../../../shared/lib/assert-never.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import type { Prepared, Preparation } from '../prepared-step.ts';
import type { WantedFile } from '../host-check.ts';
import { certificateHandler } from './certificate.ts';
import { fileModeHandler } from './file-mode.ts';
import { fileHandler } from './file.ts';
import { firewallHandler } from './firewall.ts';
import { hbaHandler } from './hba.ts';
import { packageHandler } from './package.ts';
import { reloadHandler } from './reload.ts';
import { restartHandler } from './restart.ts';
import { settingHandler } from './setting.ts';
import { sqlHandler } from './sql.ts';

/** Files of the host that an operation has to know before it is prepared. */
export function readsOf(operation: Operation, cluster: Cluster): readonly WantedFile[] {
  switch (operation.kind) {
    case 'setting':
      return settingHandler.reads(operation, cluster);
    case 'hba':
      return hbaHandler.reads(operation, cluster);
    case 'file-mode':
      return fileModeHandler.reads(operation, cluster);
    case 'file':
      return fileHandler.reads(operation, cluster);
    case 'firewall':
      return firewallHandler.reads(operation, cluster);
    case 'certificate':
      return certificateHandler.reads(operation, cluster);
    case 'sql':
    case 'package':
    case 'reload':
    case 'restart':
      return [];
    default:
      return assertNever(operation, 'operation');
  }
}

/** Readies one operation. Throws ApplyRefused when it cannot be done on this host as it is now. */
export function prepareOperation(operation: Operation, preparation: Preparation, number: string): Prepared {
  switch (operation.kind) {
    case 'setting':
      return settingHandler.prepare(operation, preparation, number);
    case 'hba':
      return hbaHandler.prepare(operation, preparation, number);
    case 'file-mode':
      return fileModeHandler.prepare(operation, preparation, number);
    case 'file':
      return fileHandler.prepare(operation, preparation, number);
    case 'firewall':
      return firewallHandler.prepare(operation, preparation, number);
    case 'certificate':
      return certificateHandler.prepare(operation, preparation, number);
    case 'sql':
      return sqlHandler.prepare(operation, preparation, number);
    case 'package':
      return packageHandler.prepare(operation, preparation, number);
    case 'reload':
      return reloadHandler.prepare(operation, preparation, number);
    case 'restart':
      return restartHandler.prepare(operation, preparation, number);
    default:
      return assertNever(operation, 'operation');
  }
}
