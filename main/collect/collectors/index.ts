import type { Collector } from '../define-collector.ts';
import { accountsCollector } from './accounts.ts';
import { activityCollector } from './activity.ts';
import { configurationCollector, dataDirectoryCollector, unixSocketsCollector } from './cluster-files.ts';
import { contentsCollector } from './contents.ts';
import { firewallCollector } from './firewall.ts';
import { hostNamesCollector } from './host-names.ts';
import { logsCollector } from './logs.ts';
import { networkCollector } from './network.ts';
import { ownerAccountCollector } from './owner-account.ts';
import { packagesCollector } from './packages.ts';
import { databasesCollector, rolesCollector } from './roles.ts';
import { hbaViewCollector, serverCollector, sessionsCollector, settingsCollector } from './server.ts';
import { socketFilesCollector } from './socket-files.ts';
import { sshdCollector } from './sshd.ts';
import { systemCollector } from './system.ts';
import { tlsFilesCollector } from './tls-files.ts';

/** Every collector. `clusters` and `cluster` come from the runner, which needs them first. */
export const collectors: readonly Collector[] = [
  systemCollector,
  accountsCollector,
  packagesCollector,
  serverCollector,
  settingsCollector,
  hbaViewCollector,
  rolesCollector,
  databasesCollector,
  sessionsCollector,
  activityCollector,
  contentsCollector,
  configurationCollector,
  dataDirectoryCollector,
  unixSocketsCollector,
  socketFilesCollector,
  networkCollector,
  hostNamesCollector,
  firewallCollector,
  sshdCollector,
  ownerAccountCollector,
  tlsFilesCollector,
  logsCollector,
];
