import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './dialog.module.css';

/** A dialog over the window. `onClose` is called by Esc and, unless it asks to confirm, by a press outside. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly foot?: ReactNode;
  readonly role?: 'dialog' | 'alertdialog';
  readonly wide?: boolean;
}) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={props.role !== 'alertdialog'}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
      className={styles.scrim}
    >
      <Modal className={classNames(styles.modal, props.wide && styles.wide)}>
        <AriaDialog role={props.role ?? 'dialog'} className={styles.dialog}>
          <div className={classNames(styles.body, 'scroll')}>
            <Heading slot="title" level={2}>
              {props.title}
            </Heading>
            {props.children}
          </div>
          {props.foot !== undefined && <div className={styles.foot}>{props.foot}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something that matters. The focus is on Cancel, so that Enter by habit changes nothing. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly children: ReactNode;
  /** The act, with the name of the host. */
  readonly confirm: string;
  readonly isDestructive?: boolean;
  readonly isConfirmDisabled?: boolean;
  readonly wide?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  readonly footNote?: ReactNode;
}) {
  return (
    <Dialog
      role="alertdialog"
      title={props.title}
      wide={props.wide ?? false}
      onClose={props.onCancel}
      foot={
        <>
          {props.footNote !== undefined && <span className="small second">{props.footNote}</span>}
          <Button size="large" className="push" autoFocus keys="Esc" onPress={props.onCancel}>
            Cancel
          </Button>
          <Button
            size="large"
            variant={props.isDestructive === true ? 'danger-filled' : 'primary'}
            isDisabled={props.isConfirmDisabled ?? false}
            onPress={props.onConfirm}
          >
            {props.confirm}
          </Button>
        </>
      }
    >
      {props.children}
    </Dialog>
  );
}
