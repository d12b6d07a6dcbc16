import { useEffect, useState } from 'react';
import type { Waiver } from '../../shared/findings/finding.ts';
import { call } from '../api/bridge.ts';
import { dayText } from '../format.ts';
import { attempt, go, setSettings } from '../store/actions.ts';
import { judge, removeWaiver } from '../store/session-actions.ts';
import { useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { Radios, Toggle } from '../ui/choice.tsx';
import { SelectField } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { StepFrame } from '../steps/step-frame.tsx';
import styles from './settings.module.css';

/** How the window looks, how changes are written, and what is waived. */
export function SettingsView() {
  const settings = useStore((state) => state.settings);
  const profiles = useStore((state) => state.profiles);
  const info = useStore((state) => state.info);
  const report = useStore((state) => state.session.report);
  const minutes = [60, 120, 180, 300, 600, 1800];
  const times = [...new Set([...minutes, settings.confirmWithinSeconds])].sort((one, other) => one - other);
  return (
    <StepFrame
      title="Settings"
      fact="Kept on this machine, at once"
      plain={
        <>
          <h3>Guided or Expert</h3>
          <p>
            Guided adds explanations, such as this panel. Expert gives its room to the lists. What is possible
            is the same.
          </p>
          <h3>The guard</h3>
          <p>
            After the changes, the host waits this long for your &ldquo;keep&rdquo;. Then it puts everything
            back by itself.
          </p>
          <p>Nothing is sent anywhere: no statistics, no search for updates.</p>
        </>
      }
      status={info === null ? '' : `Portcullis ${info.version}. Its own files are in ${info.home}`}
      primary={{ label: 'Back to the wizard', onPress: () => go(report === null ? 'connect' : 'findings') }}
    >
      <div className={`${styles.page} scroll`}>
        <section className={styles.group}>
          <h2>Look</h2>
          <div className={styles.line}>
            <span>Theme</span>
            <Segmented
              label="Theme"
              value={settings.theme}
              options={[
                { id: 'system', label: 'As the system' },
                { id: 'light', label: 'Light' },
                { id: 'dark', label: 'Dark' },
              ]}
              onChange={(theme) => void setSettings({ theme })}
            />
          </div>
          <div className={styles.line}>
            <span>Explanations</span>
            <Segmented
              label="Explanations"
              value={settings.mode}
              options={[
                { id: 'guided', label: 'Guided' },
                { id: 'expert', label: 'Expert' },
              ]}
              onChange={(mode) => void setSettings({ mode })}
            />
          </div>
        </section>
        <section className={styles.group}>
          <h2>Inspecting</h2>
          <div className={styles.field}>
            <SelectField
              label="Judged by"
              value={settings.profile}
              options={
                profiles.length > 0
                  ? profiles.map((profile) => ({ id: profile.id, label: profile.title }))
                  : [{ id: settings.profile, label: settings.profile }]
              }
              onChange={(profile) => void (report === null ? setSettings({ profile }) : judge(profile))}
            />
            <p className="small second">
              {profiles.find((profile) => profile.id === settings.profile)?.description}
            </p>
          </div>
        </section>
        <section className={styles.group}>
          <h2>Changing</h2>
          <Radios
            label="How settings are written"
            value={settings.settingsVia}
            options={[
              {
                id: 'alter-system',
                label: 'Write settings by ALTER SYSTEM',
                detail: 'Into postgresql.auto.conf, by PostgreSQL itself.',
              },
              {
                id: 'file',
                label: 'Edit the line that is in force',
                detail: 'In postgresql.conf or its includes; comments and order stay.',
              },
            ]}
            onChange={(settingsVia) => void setSettings({ settingsVia })}
          />
          <Toggle
            isSelected={settings.editManaged}
            onChange={(editManaged) => void setSettings({ editManaged })}
            detail="Ansible, Puppet, Chef and Salt take such changes back when they run. What Patroni writes is never changed."
          >
            Change managed files too
          </Toggle>
          <div className={styles.field}>
            <SelectField
              label="The host rolls back by itself after"
              value={String(settings.confirmWithinSeconds)}
              options={times.map((seconds) => ({ id: String(seconds), label: timeText(seconds) }))}
              onChange={(seconds) => void setSettings({ confirmWithinSeconds: Number(seconds) })}
            />
          </div>
          <div className={styles.field}>
            <SelectField
              label="Finished runs that are kept, here and on the host"
              value={String(settings.keepRuns)}
              options={[...new Set([10, 50, 200, 1000, settings.keepRuns])]
                .sort((one, other) => one - other)
                .map((count) => ({ id: String(count), label: `The newest ${count}` }))}
              onChange={(count) => void setSettings({ keepRuns: Number(count) })}
            />
          </div>
          <div className={styles.field}>
            <SelectField
              label="For how long at most"
              value={String(settings.keepDays)}
              options={[...new Set([30, 90, 365, 1095, 3650, settings.keepDays])]
                .sort((one, other) => one - other)
                .map((days) => ({ id: String(days), label: `${days} days` }))}
              onChange={(days) => void setSettings({ keepDays: Number(days) })}
            />
            <p className="small second">
              What is older can no longer be rolled back. Runs that are not over, and the last one that was
              kept, always stay.
            </p>
          </div>
        </section>
        <Waivers />
      </div>
    </StepFrame>
  );
}

function timeText(seconds: number): string {
  if (seconds % 60 !== 0) return `${seconds} seconds`;
  return seconds === 60 ? '1 minute' : `${seconds / 60} minutes`;
}

function Waivers() {
  const connection = useStore((state) => state.session.connection);
  const report = useStore((state) => state.session.report);
  const [waivers, setWaivers] = useState<readonly Waiver[]>([]);
  const key = connection?.key;
  useEffect(() => {
    if (key !== undefined) void attempt(async () => setWaivers(await call('waivers.list', {})));
  }, [key, report]);
  if (connection === null) return null;
  return (
    <section className={styles.group}>
      <h2>Waivers for {connection.label}</h2>
      {waivers.length === 0 ? (
        <p className="second">
          None. A finding that you have to live with can be waived from the list of findings, with a reason
          and an end date.
        </p>
      ) : (
        <ul className={styles.waivers}>
          {waivers.map((waiver) => (
            <li key={`${waiver.check} ${waiver.createdAt}`}>
              <span>
                <b className="strong">{waiver.check}</b> until {dayText(waiver.until)}, by {waiver.createdBy}
                <span className={styles.reason}>{waiver.reason}</span>
              </span>
              <Button size="tiny" onPress={() => void removeWaiver(waiver.check)}>
                End it
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
