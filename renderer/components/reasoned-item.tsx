import { Menu } from '@mantine/core';
import type { ReactNode } from 'react';

interface ReasonedItemProps {
  /** Why it can't be used now. It stays in the menu, tells this, and does nothing. */
  readonly reason?: string | undefined;
  /** What it does loses something. */
  readonly harmful?: boolean;
  readonly leftSection?: ReactNode;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/**
 * An item of a menu that can be barred without the attribute `disabled`: a menu that begins with a disabled item gives its
 * focus to nobody, and no arrow key would ever reach the others.
 */
export function ReasonedItem({ reason, harmful = false, leftSection, onClick, children }: ReasonedItemProps) {
  if (reason !== undefined) {
    return (
      <Menu.Item leftSection={leftSection} data-disabled aria-disabled="true" title={reason} aria-description={reason}>
        {children}
      </Menu.Item>
    );
  }
  return (
    <Menu.Item leftSection={leftSection} onClick={onClick} {...(harmful ? { c: 'var(--tp-danger)' } : {})}>
      {children}
    </Menu.Item>
  );
}
