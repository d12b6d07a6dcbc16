import { cancelConnecting, connect } from '../../store/session-actions.ts';
import { disconnect } from '../../store/session-actions.ts';
import { targetOf, targetText } from '../../store/connect-form.ts';
import { stageNames, stageOfPrompt } from '../../store/connecting.ts';
import { go } from '../../store/actions.ts';
import { useStore } from '../../store/state.ts';
import { Button } from '../../ui/button.tsx';
import { StepFrame } from '../step-frame.tsx';
import { ConnectFormView } from './connect-form-view.tsx';
import { ConnectingView } from './connecting-view.tsx';
import { ConnectWords } from './connect-words.tsx';

/** Step 1: choose a target, then watch the stages and answer what is asked. */
export function ConnectStep() {
  const form = useStore((state) => state.form);
  const connecting = useStore((state) => state.connecting);
  const prompt = useStore((state) => state.prompt);
  const connection = useStore((state) => state.session.connection);
  const target = targetOf(form);
  const common = { title: 'Connect', fact: 'Connecting reads. It changes nothing.' } as const;

  if (connecting !== null) {
    const asks = prompt === null ? null : stageNames[stageOfPrompt(prompt.prompt)];
    const failed = connecting.problem !== null;
    return (
      <StepFrame
        {...common}
        plain={<ConnectWords />}
        status={
          failed
            ? 'Not connected. Nothing was changed.'
            : asks === null
              ? `Connecting to ${targetText(connecting.target)}`
              : `${asks}: waiting for your answer`
        }
        actions={
          <Button size="large" onPress={() => void cancelConnecting()}>
            {failed ? 'Back to the form' : 'Cancel'}
          </Button>
        }
        primary={
          failed
            ? { label: 'Try again', onPress: () => void connect() }
            : { label: 'Inspect', onPress: () => undefined, isDisabled: true }
        }
        onEscape={() => void cancelConnecting()}
      >
        <ConnectingView connecting={connecting} prompt={prompt} />
      </StepFrame>
    );
  }

  return (
    <StepFrame
      {...common}
      plain={<ConnectWords />}
      status={
        connection !== null
          ? `Connected to ${connection.label}. Connecting again ends this session.`
          : target === null
            ? form.kind === 'recorded'
              ? 'Choose a file of saved facts'
              : 'Name a host'
            : targetText(target)
      }
      actions={
        connection !== null && (
          <>
            <Button size="large" onPress={() => void disconnect()}>
              Disconnect
            </Button>
            <Button size="large" onPress={() => go('inspect')}>
              Back to {connection.label}
            </Button>
          </>
        )
      }
      primary={{
        label: form.kind === 'recorded' ? 'Open' : form.kind === 'practice' ? 'Start and connect' : 'Connect',
        onPress: () => void connect(),
        isDisabled: target === null,
      }}
    >
      <ConnectFormView />
    </StepFrame>
  );
}
