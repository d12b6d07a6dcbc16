import { History, SlidersHorizontal } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { commandsNow } from './commands.ts';
import { HbaEditor } from './hba-editor/hba-editor.tsx';
import { HistoryView } from './history/history-view.tsx';
import { commandKey, hasCommandKey, isInOverlay, isTyping } from './platform-keys.ts';
import { railSteps } from './rail-steps.ts';
import { SettingsView } from './settings/settings-view.tsx';
import { ApplyStep } from './steps/apply/apply-step.tsx';
import { ConnectStep } from './steps/connect/connect-step.tsx';
import { PromptPanel } from './steps/connect/prompt-panel.tsx';
import { FindingsStep } from './steps/findings/findings-step.tsx';
import { FixesStep } from './steps/fixes/fixes-step.tsx';
import { InspectStep } from './steps/inspect/inspect-step.tsx';
import { PreviewStep } from './steps/preview/preview-step.tsx';
import { ReportStep } from './steps/report/report-step.tsx';
import { VerifyStep } from './steps/verify/verify-step.tsx';
import { answer, copyText, go, listenToMain, loadFirst, setSettings } from './store/actions.ts';
import { cancelConnecting } from './store/session-actions.ts';
import { read, update, useStore } from './store/state.ts';
import { enter, reachable, stepIds, stepNames, type StepId, type Wizard } from './store/wizard.ts';
import { TunnelDialog } from './tunnel/tunnel-dialog.tsx';
import { Button } from './ui/button.tsx';
import { CommandPalette } from './ui/command-palette.tsx';
import { CopyContext } from './ui/copy-button.tsx';
import { Dialog } from './ui/dialog.tsx';
import { TopBar, type TargetSummary } from './ui/frame.tsx';
import { KeysSheet } from './ui/keys-sheet.tsx';
import { StepRail } from './ui/step-rail.tsx';
import styles from './app.module.css';

const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const;

/** The whole window: bars, rail, the open step, and what lies over it. */
export function App() {
  const view = useStore((state) => state.view);
  const session = useStore((state) => state.session);
  const { theme, mode } = useStore((state) => state.settings);
  const tunnel = useStore((state) => state.tunnel);
  const overlay = useStore((state) => state.overlay);
  const rail = useRail();
  const platform = window.portcullis.platform;

  useEffect(() => {
    const stop = listenToMain();
    void loadFirst();
    return stop;
  }, []);
  useEffect(() => {
    const root = document.documentElement;
    root.classList.toggle('light', theme === 'light');
    root.classList.toggle('dark', theme === 'dark');
    root.classList.toggle('guided', mode === 'guided');
    root.classList.toggle('expert', mode === 'expert');
  }, [theme, mode]);
  useEffect(() => {
    const name =
      view === 'history'
        ? 'History'
        : view === 'settings'
          ? 'Settings'
          : view === 'hba'
            ? 'pg_hba.conf'
            : stepNames[view];
    document.title = [name, session.connection?.label, 'Portcullis'].filter(Boolean).join(' · ');
  }, [view, session.connection]);
  useGlobalKeys(platform);

  return (
    <CopyContext value={copyText}>
      <a className="skip" href="#main">
        Skip to the step
      </a>
      <div className={styles.window}>
        <TopBar
          target={useTarget()}
          mode={mode}
          onMode={(value) => void setSettings({ mode: value })}
          theme={theme}
          onTheme={() => void setSettings({ theme: nextTheme[theme] })}
          onCommands={() => update({ overlay: 'commands' })}
          onKeys={() => update({ overlay: 'keys' })}
          commandKeys={`${commandKey(platform)} K`}
        />
        <StepRail
          steps={rail}
          onGo={(id) => {
            const step = stepIds.find((candidate) => candidate === id);
            if (step !== undefined) go(step);
          }}
          foot={
            <>
              <Button
                variant="quiet"
                className={view === 'history' ? styles.here : undefined}
                onPress={() => go('history')}
              >
                <History className="i" />
                <span>History</span>
              </Button>
              <Button
                variant="quiet"
                className={view === 'settings' ? styles.here : undefined}
                onPress={() => go('settings')}
              >
                <SlidersHorizontal className="i" />
                <span>Settings</span>
              </Button>
            </>
          }
        />
        <CurrentView key={view} />
      </div>
      {tunnel !== null && <TunnelDialog accounts={tunnel.accounts} />}
      <PromptOutsideConnecting />
      <Message />
      {overlay === 'commands' && (
        <CommandPalette commands={commandsNow()} onClose={() => update({ overlay: null })} />
      )}
      {overlay === 'keys' && <KeysSheet keys={allKeys(platform)} onClose={() => update({ overlay: null })} />}
    </CopyContext>
  );
}

function CurrentView() {
  const view = useStore((state) => state.view);
  const session = useStore((state) => state.session);
  if (view === 'history') return <HistoryView />;
  if (view === 'settings') return <SettingsView />;
  if (view === 'hba') return <HbaEditor />;
  return <StepView wizard={enter(view, session) ?? { step: 'connect' }} />;
}

function StepView({ wizard }: { readonly wizard: Wizard }) {
  switch (wizard.step) {
    case 'connect':
      return <ConnectStep />;
    case 'inspect':
      return <InspectStep wizard={wizard} />;
    case 'findings':
      return <FindingsStep wizard={wizard} />;
    case 'fixes':
      return <FixesStep wizard={wizard} />;
    case 'preview':
      return <PreviewStep wizard={wizard} />;
    case 'apply':
      return <ApplyStep wizard={wizard} />;
    case 'verify':
      return <VerifyStep wizard={wizard} />;
    case 'report':
      return <ReportStep wizard={wizard} />;
  }
}

function useRail() {
  // The rail reads many parts of the state; it is worked out anew only when one of them changes.
  const parts = useStore(
    useShallow((state) => [
      state.view,
      state.session,
      state.connecting,
      state.prompt,
      state.connectedInMs,
      state.scanning,
      state.chosen,
    ]),
  );
  return useMemo(() => {
    void parts;
    return railSteps(read());
  }, [parts]);
}

function useTarget(): TargetSummary | null {
  const connection = useStore((state) => state.session.connection);
  const report = useStore((state) => state.session.report);
  const link = useStore((state) => state.link);
  return useMemo(() => {
    if (connection === null) return null;
    const system = connection.system === '' ? (report?.host?.system ?? '') : connection.system;
    return {
      host: connection.label,
      link: connection.readOnly ? 'none' : link === 'up' ? 'up' : 'down',
      facts: [system, connection.server, connection.cluster].filter(
        (fact): fact is string => fact !== null && fact !== '',
      ),
      rights: connection.rights,
    };
  }, [connection, report, link]);
}

/** A question that comes while no connection is being made, such as a new login after the sudo time has run out. */
function PromptOutsideConnecting() {
  const prompt = useStore((state) => state.prompt);
  const connecting = useStore((state) => state.connecting);
  const host = useStore((state) => state.session.connection?.label ?? '');
  if (prompt === null || connecting !== null) return null;
  return (
    <Dialog
      role="alertdialog"
      title={`${host} asks`}
      onClose={() =>
        void (prompt.prompt.kind === 'host-key-unknown'
          ? answer(prompt.id, { kind: 'host-key', decision: 'disconnect' })
          : answer(prompt.id, { kind: 'skip' }))
      }
    >
      <PromptPanel key={prompt.id} open={prompt} />
    </Dialog>
  );
}

/** A short message that goes by itself. */
function Message() {
  const message = useStore((state) => state.message);
  useEffect(() => {
    if (message === '') return;
    const timer = setTimeout(() => update({ message: '' }), 6000);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div role="status" className={message === '' ? 'visually-hidden' : styles.toast}>
      {message}
    </div>
  );
}

function useGlobalKeys(platform: string): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const command = hasCommandKey(event, platform);
      if (command && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        update((state) => ({ overlay: state.overlay === 'commands' ? null : 'commands' }));
      } else if (isInOverlay(event)) {
        return;
      } else if (command && event.key.toLowerCase() === 'f') {
        const search = document.querySelector<HTMLInputElement>('[data-list-search] input');
        if (search === null) return;
        event.preventDefault();
        search.focus();
      } else if (event.key === '?' && !isTyping(event)) {
        event.preventDefault();
        update({ overlay: 'keys' });
      } else if (event.altKey && event.key === 'ArrowLeft') {
        event.preventDefault();
        stepBack();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [platform]);
}

function stepBack(): void {
  const { view, session, connecting } = read();
  if (connecting !== null) {
    void cancelConnecting();
    return;
  }
  if (view === 'history' || view === 'settings' || view === 'hba') {
    go(session.report === null ? 'connect' : 'findings');
    return;
  }
  const open = reachable(session);
  const before: readonly StepId[] = stepIds
    .slice(0, stepIds.indexOf(view))
    .filter((step) => open.includes(step));
  const last = before.at(-1);
  if (last !== undefined) go(last);
}

function allKeys(platform: string) {
  const command = commandKey(platform);
  return [
    { keys: [command, '↵'], what: 'Go on: the primary action of the step' },
    { keys: ['Alt', '←'], what: 'Step back' },
    { keys: [command, 'K'], what: 'Commands and findings' },
    { keys: [command, 'F'], what: 'Search the list' },
    { keys: ['↑', '↓'], what: 'Move in a list, open what is reached' },
    { keys: ['Space'], what: 'Choose or take back a fix' },
    { keys: ['Tab'], what: 'To the next control' },
    { keys: ['Esc'], what: 'Cancel what runs, close what is open' },
    { keys: ['?'], what: 'These keys' },
  ];
}
