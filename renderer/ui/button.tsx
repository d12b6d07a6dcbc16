import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './button.module.css';

export type ButtonVariant = 'plain' | 'primary' | 'accent' | 'quiet' | 'danger' | 'danger-filled';

export type ButtonProps = Omit<AriaButtonProps, 'className' | 'children'> & {
  /** `primary` at most once a screen. */
  readonly variant?: ButtonVariant;
  readonly size?: 'normal' | 'large' | 'tiny';
  /** Only an icon inside: needs `aria-label`. */
  readonly square?: boolean;
  /** The key that does the same, such as `Ctrl ↵`. */
  readonly keys?: string | undefined;
  readonly className?: string | undefined;
  readonly children: ReactNode;
};

/** A button in the look of the product. */
export function Button({
  variant = 'plain',
  size = 'normal',
  square,
  keys,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      className={classNames(styles.button, styles[variant], styles[size], square && styles.square, className)}
    >
      {children}
      {keys !== undefined && <kbd aria-hidden="true">{keys}</kbd>}
    </AriaButton>
  );
}
