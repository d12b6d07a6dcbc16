import type { AnyCheck } from '../define-check.ts';
import { confFileErrors } from './conf-file-errors.ts';
import { confOverrides } from './conf-overrides.ts';
import { confPendingRestart } from './conf-pending-restart.ts';
import { fwActive } from './fw-active.ts';
import { fwDefaultDeny } from './fw-default-deny.ts';
import { fwEgress } from './fw-egress.ts';
import { fwPgPortAny } from './fw-pg-port-any.ts';
import { fwVsHba } from './fw-vs-hba.ts';
import { hbaAddressChecks } from './hba-addresses.ts';
import { hbaAnyAddress } from './hba-any-address.ts';
import { hbaFileChecks } from './hba-files.ts';
import { hbaMd5 } from './hba-md5.ts';
import { hbaMethodChecks } from './hba-methods.ts';
import { hbaNameChecks } from './hba-names.ts';
import { hbaNontlsRemote } from './hba-nontls-remote.ts';
import { hbaParseErrors } from './hba-parse-errors.ts';
import { hbaPasswordCleartext } from './hba-password-cleartext.ts';
import { hbaShadowed } from './hba-shadowed.ts';
import { hbaSuperuserRemote } from './hba-superuser-remote.ts';
import { hbaTrustHost } from './hba-trust-host.ts';
import { hbaUnused } from './hba-unused.ts';
import { fwReachChecks } from './fw-reach.ts';
import { fwStateChecks } from './fw-state.ts';
import { fwWindowsRule } from './fw-windows-rule.ts';
import { identChecks } from './ident-maps.ts';
import { sshAccountChecks } from './ssh-accounts.ts';
import { sshRootPassword } from './ssh-root-password.ts';
import { sshTunnelPath } from './ssh-tunnel-path.ts';
import { tcpActualListeners } from './tcp-actual-listeners.ts';
import { tcpAuthDelay } from './tcp-auth-delay.ts';
import { tcpListenAny } from './tcp-listen-any.ts';
import { tcpNeedChecks } from './tcp-needs.ts';
import { tcpSettingChecks } from './tcp-settings.ts';
import { udsDirectoryPerms } from './uds-directory-perms.ts';
import { udsHbaLocalTrust } from './uds-hba-local-trust.ts';
import { udsPermissions } from './uds-permissions.ts';
import { udsAudienceChecks } from './uds-audiences.ts';
import { udsPlaceChecks } from './uds-places.ts';

/** Checks of the pillar network, in the order in which they are shown among findings of one severity. */
export const networkChecks: readonly AnyCheck[] = [
  udsPermissions,
  udsDirectoryPerms,
  ...udsPlaceChecks,
  ...udsAudienceChecks,
  udsHbaLocalTrust,
  tcpListenAny,
  tcpActualListeners,
  ...tcpNeedChecks,
  tcpAuthDelay,
  ...tcpSettingChecks,
  confPendingRestart,
  confFileErrors,
  confOverrides,
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
  hbaUnused,
  ...hbaFileChecks,
  ...identChecks,
  fwActive,
  fwDefaultDeny,
  fwPgPortAny,
  fwVsHba,
  ...fwReachChecks,
  ...fwStateChecks,
  fwEgress,
  fwWindowsRule,
  sshTunnelPath,
  sshRootPassword,
  ...sshAccountChecks,
];
