/** What `portcullis help` prints. */
export const usage = `Portcullis hardens PostgreSQL servers: inspect, preview, apply under a guard, prove, undo.

  portcullis scan TARGET [--profile baseline|cis] [--format text|json|html|md|pdf] [--out FILE]
                         [--facts-out FILE] [--fail-on SEVERITY]
  portcullis scan --facts FILE …            judge a saved facts file, or the output of the script
  portcullis scan --script-out FILE         write the script that collects facts on a host without network;
                         FILE.ps1 for the network of a Windows host
  portcullis plan TARGET (--fix ID[:key=value,…]… | --safe) [--format text|json|sh] [--out FILE]
  portcullis apply TARGET (--fix … | --safe) [--confirm-within SECONDS] [--at TIME] --yes
  portcullis reach TARGET | --facts FILE    who can reach the server, by which firewall rule and which line
                         [--from ADDRESS|CIDR|local] [--port N] [--role R] [--database D] [--tls yes|no]
                         [--format text|json]; with one address, a role and a database: whether it can
  portcullis rollback TARGET (RUN | last) [--force | --leave STEP… | --merge STEP… | --put-back STEP…] --yes
  portcullis runs TARGET [[RUN] --export FILE]
  portcullis runs --verify FILE
  portcullis checks [ID] [--format text|json]

TARGET   practice | local | ssh://[user@]host[:port] | an alias of ~/.ssh/config

  --identity FILE          the private key to log in with
  --known-hosts FILE       in place of ~/.ssh/known_hosts
  --accept-new-host-key    take an unknown host key; a changed one still stops
  --jump HOST, -J          jump hosts, as ssh -J takes them
  --sudo none|auto|ask     auto uses sudo when it asks for no password; ask asks for it once
  --cluster NAME           which cluster of the host: 15/main
  --profile NAME           baseline or cis
  --home DIR               the program's own data

plan and apply
  --safe                   every fix that can be undone and refuses nobody who was seen
  --no-restart             leave out what needs a restart of PostgreSQL
  --settings-via WHERE     alter-system (default) or file
  --edit-managed           change also files that Ansible, Puppet and the like manage
  --confirm-within SECONDS the host rolls back by itself after this time, unless the new logins succeed (180)
  --must-work ROLE[@ADDRESS][/DATABASE]  must still get in afterwards: else refused, or rolled back. ADDRESS may be
                           a network, or local for the Unix socket; without it, from wherever it was seen
  --with-passwords         ask for the password of each of these, to try their logins
  --accept-cut-off         go on although clients that were seen would be refused
  --accept-unguarded       go on although no guard can be armed on the host
  --restart-wait SECONDS   let the restart wait for transactions of 5 minutes or longer and for base backups (0)
  --restart-over-long-transactions
                           restart although they run; they end with an error
  --at TIME                start then: HH:MM of this machine's clock, or 2026-11-22T02:30[+01:00]; Ctrl+C cancels
  --break-lock             another's run has the host: roll that run back first (also for rollback)

rollback
  Without --yes it shows each operation as it was, as the run left it and as it is now. What was changed since needs
  an answer, for each step or for all:
  --leave STEP             it stays as it is now
  --merge STEP             only the run's own change is undone, what is newer stays; where it is offered
  --put-back STEP          back to before the run; what is newer is kept in the run's folder on the host
  --force                  all of it back to before, but for the steps named otherwise

Passwords are asked for, or read from standard input, a line each; never from arguments.
Exit codes: 0 done; 1 findings at or above --fail-on; 2 usage; 3 could not connect; 4 apply failed and was
rolled back; 5 rollback failed.
`;
