import type { ConnectProgress } from '../../../shared/contract/prompts.ts';
import { duration } from '../../format.ts';
import { cancelConnecting } from '../../store/session-actions.ts';
import { targetText } from '../../store/connect-form.ts';
import {
  failedStage,
  stageHints,
  stageNames,
  stageOfPrompt,
  stageOrder,
  stagesOf,
  type Connecting,
  type OpenPrompt,
} from '../../store/connecting.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Middle } from '../../ui/middle.tsx';
import { Stage, type ProgressState } from '../../ui/progress-rows.tsx';
import { PromptPanel } from './prompt-panel.tsx';
import styles from './connect.module.css';

/** The stages of an attempt to connect; the question, or what failed, stands inside its stage. */
export function ConnectingView({
  connecting,
  prompt,
}: {
  readonly connecting: Connecting;
  readonly prompt: OpenPrompt | null;
}) {
  const { problem, target } = connecting;
  const stages = stagesOf(target);
  const asking = prompt === null ? null : stageOfPrompt(prompt.prompt);
  const failed = problem === null ? null : (failedStage(connecting) ?? stages.at(-1) ?? null);
  // A stage that is not usual for this kind of target is shown as soon as something is known of it.
  const shown = new Set([
    ...stages,
    ...(asking === null ? [] : [asking]),
    ...(failed === null ? [] : [failed]),
  ]);
  const rows = stageOrder.filter((stage) => shown.has(stage) || isUsed(connecting.stages[stage]));
  return (
    <section className={`panel ${styles.log}`} aria-label="Connection">
      <div className={styles.summary}>
        <b className="strong clip">
          <Middle text={targetText(target)} />
        </b>
        {target.kind === 'ssh' && target.jump !== null && (
          <span className="small second">via {target.jump}</span>
        )}
        <Button size="tiny" className="push" onPress={() => void cancelConnecting()}>
          {problem === null ? 'Cancel and edit' : 'Edit'}
        </Button>
      </div>
      <ol className={`${styles.stages} scroll`} tabIndex={0} aria-label="Stages">
        {rows.map((stage) => {
          const progress = connecting.stages[stage];
          const state: ProgressState =
            stage === failed
              ? 'failed'
              : stage === asking
                ? 'asking'
                : progress === undefined
                  ? 'ahead'
                  : progress.state === 'skipped'
                    ? 'skipped'
                    : progress.state;
          return (
            <Stage
              key={stage}
              state={state}
              name={stageNames[stage]}
              fact={
                stage === failed && problem !== null
                  ? problem.message
                  : stage === asking && prompt !== null
                    ? undefined
                    : (progress?.detail ?? stageHints[stage])
              }
              time={
                stage === asking
                  ? 'waiting'
                  : progress?.elapsedMs != null
                    ? duration(progress.elapsedMs)
                    : undefined
              }
            >
              {stage === asking && prompt !== null && <PromptPanel key={prompt.id} open={prompt} />}
              {stage === failed && problem !== null && (
                <>
                  <p className="selectable">{problem.next}</p>
                  <div>
                    <CopyButton
                      text={`${problem.message}\n${problem.next}`}
                      label="Copy details"
                      size="normal"
                    />
                  </div>
                </>
              )}
            </Stage>
          );
        })}
      </ol>
    </section>
  );
}

/** A stage that this kind of target does not have is told as skipped; it is no news. */
function isUsed(progress: ConnectProgress | undefined): boolean {
  return progress !== undefined && progress.state !== 'skipped';
}
