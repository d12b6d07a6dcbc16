import type { Command } from './ui/command-palette.tsx';
import { call } from './api/bridge.ts';
import { attempt, go, saidSaved, setSettings } from './store/actions.ts';
import { changeFormKind } from './store/connect-form-actions.ts';
import { chooseSafe } from './store/fixes.ts';
import { openHba } from './store/hba-editor-actions.ts';
import { disconnect, inspect } from './store/session-actions.ts';
import { read, update } from './store/state.ts';
import { isRunning, reachable, stepNames } from './store/wizard.ts';

const findingsListed = 400;

/** Everything that can be done now, for the command palette. */
export function commandsNow(): readonly Command[] {
  const { session, settings, scanning } = read();
  const { connection, report, offers } = session;
  const commands: Command[] = reachable(session).map((step) => ({
    id: `step ${step}`,
    name: stepNames[step],
    place: 'Step',
    run: () => go(step),
  }));
  commands.push(
    {
      id: 'mode',
      name: settings.mode === 'guided' ? 'Switch to Expert' : 'Switch to Guided',
      place: 'Look',
      run: () => void setSettings({ mode: settings.mode === 'guided' ? 'expert' : 'guided' }),
    },
    ...(['system', 'light', 'dark'] as const).map((theme) => ({
      id: `theme ${theme}`,
      name: theme === 'system' ? 'Theme: follow the system' : `Theme: ${theme}`,
      place: 'Look',
      run: () => void setSettings({ theme }),
    })),
    { id: 'keys', name: 'All keys', place: 'Help', keys: '?', run: () => update({ overlay: 'keys' }) },
  );
  if (isRunning(session)) return commands;
  commands.push(
    { id: 'history', name: 'Runs on this host', place: 'History', run: () => go('history') },
    { id: 'settings', name: 'Settings', place: 'Settings', run: () => go('settings') },
    {
      id: 'practice',
      name: 'Take the practice server',
      place: 'Connect',
      run: () => {
        changeFormKind('practice');
        go('connect');
      },
    },
    {
      id: 'script',
      name: 'Save the script that collects facts',
      place: 'Connect',
      run: () => void attempt(async () => saidSaved(await call('scan.saveScript', {}))),
    },
  );
  if (connection !== null) {
    commands.push({
      id: 'disconnect',
      name: `Disconnect from ${connection.label}`,
      place: 'Connect',
      run: () => void disconnect(),
    });
    if (!scanning && !connection.readOnly)
      commands.push({
        id: 'inspect',
        name: 'Inspect again',
        place: 'Inspect',
        run: () => {
          go('inspect');
          void inspect();
        },
      });
  }
  if (report !== null) {
    if (connection?.target.kind === 'ssh' && !connection.readOnly)
      commands.push({
        id: 'tunnel',
        name: 'Tunnel through SSH: clients, and a try',
        place: 'Connect',
        run: () => update({ tunnel: { accounts: [] } }),
      });
    commands.push(
      { id: 'hba', name: 'Edit pg_hba.conf', place: 'Findings', run: () => openHba() },
      {
        id: 'facts',
        name: 'Save the facts',
        place: 'Inspect',
        run: () => void attempt(async () => saidSaved(await call('scan.saveFacts', {}))),
      },
      ...(['html', 'pdf', 'md', 'json'] as const).map((format) => ({
        id: `report ${format}`,
        name: `Save the report as ${format === 'md' ? 'Markdown' : format.toUpperCase()}`,
        place: 'Report',
        run: () => void attempt(async () => saidSaved(await call('report.save', { format }))),
      })),
      ...report.findings.slice(0, findingsListed).map((finding) => ({
        id: `finding ${finding.check}`,
        name: finding.title,
        place: 'Finding',
        run: () => {
          update((state) => ({
            openedFinding: finding.check,
            filter: { ...state.filter, text: '', pillars: [], severities: [], statuses: [] },
          }));
          go('findings');
        },
      })),
    );
  }
  if (offers !== null && offers.length > 0)
    commands.push({
      id: 'safe',
      name: 'Choose all fixes that are safe',
      place: 'Fixes',
      run: () => {
        update((state) => ({ chosen: chooseSafe(state.chosen, offers) }));
        go('fixes');
      },
    });
  return commands;
}
