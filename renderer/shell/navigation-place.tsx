import { IconAlertCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface NavigationPlaceProps {
  readonly icon: ReactNode;
  readonly label: string;
  readonly current: boolean;
  readonly count?: number | undefined;
  /** Something there wants the user: a word in place of the count. */
  readonly mark?: string | undefined;
  readonly onOpen: () => void;
}

/** One place of the navigation. */
export function NavigationPlace({ icon, label, current, count, mark, onOpen }: NavigationPlaceProps) {
  return (
    <button
      type="button"
      className="nav-item inset-focus"
      data-stop
      title={label}
      tabIndex={current ? 0 : -1}
      aria-current={current ? 'page' : undefined}
      onClick={onOpen}
    >
      <span className="nav-icon" aria-hidden>
        {icon}
      </span>
      <span className="clip">{label}</span>
      {mark !== undefined && (
        <span className="nav-right nav-mark">
          <IconAlertCircle size={12} aria-hidden /> {mark}
        </span>
      )}
      {mark === undefined && count !== undefined && <span className="nav-right num">{count}</span>}
    </button>
  );
}
