import type { AnyCheck } from '../define-check.ts';
import { confFileErrors } from './conf-file-errors.ts';
import { confPendingRestart } from './conf-pending-restart.ts';
import { fwActive } from './fw-active.ts';
import { fwDefaultDeny } from './fw-default-deny.ts';
import { fwPgPortAny } from './fw-pg-port-any.ts';
import { fwVsHba } from './fw-vs-hba.ts';
import { hbaAddressChecks } from './hba-addresses.ts';
import { hbaAnyAddress } from './hba-any-address.ts';
import { hbaMd5 } from './hba-md5.ts';
import { hbaMethodChecks } from './hba-methods.ts';
import { hbaNameChecks } from './hba-names.ts';
import { hbaNontlsRemote } from './hba-nontls-remote.ts';
import { hbaParseErrors } from './hba-parse-errors.ts';
import { hbaPasswordCleartext } from './hba-password-cleartext.ts';
import { hbaShadowed } from './hba-shadowed.ts';
import { hbaSuperuserRemote } from './hba-superuser-remote.ts';
import { hbaTrustHost } from './hba-trust-host.ts';
import { sshRootPassword } from './ssh-root-password.ts';
import { sshTunnelPath } from './ssh-tunnel-path.ts';
import { tcpActualListeners } from './tcp-actual-listeners.ts';
import { tcpListenAny } from './tcp-listen-any.ts';
import { udsDirectoryPerms } from './uds-directory-perms.ts';
import { udsHbaLocalTrust } from './uds-hba-local-trust.ts';
import { udsPermissions } from './uds-permissions.ts';

/** Checks of the pillar network, in the order in which they are shown among findings of one severity. */
export const networkChecks: readonly AnyCheck[] = [
  udsPermissions,
  udsDirectoryPerms,
  udsHbaLocalTrust,
  tcpListenAny,
  tcpActualListeners,
  confPendingRestart,
  confFileErrors,
  hbaParseErrors,
  hbaTrustHost,
  hbaPasswordCleartext,
  hbaMd5,
  hbaAnyAddress,
  hbaSuperuserRemote,
  hbaNontlsRemote,
  hbaShadowed,
  ...hbaMethodChecks,
  ...hbaAddressChecks,
  ...hbaNameChecks,
  fwActive,
  fwDefaultDeny,
  fwPgPortAny,
  fwVsHba,
  sshTunnelPath,
  sshRootPassword,
];
