import type { AnyFix } from '../define-fix.ts';
import { narrowAnyAddress, narrowBroadRange } from './any-address.ts';
import { disableBrokenLines } from './broken-lines.ts';
import { disableBrokenSettings } from './config-errors.ts';
import { oneLinePerSetting } from './config-overrides.ts';
import { firewallAtBoot } from './firewall-at-boot.ts';
import { closeFirewall } from './firewall.ts';
import { disableDuplicates, disableUnknownNames, nameDatabases, nameRoles } from './hba-names.ts';
import { addressesForHostNames } from './host-names.ts';
import { ldapWithTls, localSuperuserPeer, narrowReplication, pinRealm } from './hba-rules.ts';
import { disableBrokenMaps, noCatchAllMaps, noSuperuserMaps } from './ident-maps.ts';
import { listenOnChosen } from './listen.ts';
import { localTrust } from './local-trust.ts';
import { requireTlsRemote } from './require-tls.ts';
import { restartNow } from './restart.ts';
import {
  askTcpForPassword,
  identToScram,
  noCleartextPasswords,
  noMd5,
  radiusToScram,
} from './scram-methods.ts';
import { socketFolders } from './socket-folders.ts';
import { socketFolder, socketForGroup } from './sockets.ts';
import { limitTunnels, refuseServerAccount } from './ssh-accounts.ts';
import { sshKeysOnly } from './ssh-keys-only.ts';
import { refuseRemoteSuperusers } from './superuser-remote.ts';
import {
  bonjourOff,
  commonRoleNames,
  delayGuessing,
  dropDeadClients,
  reloadNow,
  reservePlaces,
  shortLoginTime,
} from './tcp-settings.ts';
import { disableUnreachable } from './unreachable.ts';
import { disableUnused } from './unused.ts';

/** Fixes of the pillar network, in the order in which they are planned and shown. */
export const networkFixes: readonly AnyFix[] = [
  disableBrokenLines,
  localTrust,
  askTcpForPassword,
  noCleartextPasswords,
  noMd5,
  identToScram,
  radiusToScram,
  ldapWithTls,
  pinRealm,
  localSuperuserPeer,
  narrowReplication,
  requireTlsRemote,
  refuseRemoteSuperusers,
  narrowAnyAddress,
  narrowBroadRange,
  addressesForHostNames,
  nameDatabases,
  nameRoles,
  disableUnreachable,
  disableDuplicates,
  disableUnknownNames,
  disableUnused,
  disableBrokenMaps,
  noSuperuserMaps,
  noCatchAllMaps,
  disableBrokenSettings,
  oneLinePerSetting,
  reloadNow,
  dropDeadClients,
  shortLoginTime,
  reservePlaces,
  delayGuessing,
  bonjourOff,
  commonRoleNames,
  socketFolders,
  socketFolder,
  socketForGroup,
  closeFirewall,
  firewallAtBoot,
  listenOnChosen,
  sshKeysOnly,
  refuseServerAccount,
  limitTunnels,
  restartNow,
];
