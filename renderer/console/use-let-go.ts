import { useEffect, useEffectEvent } from 'react';

/** What the keys do that aren't the guest's. */
export interface OwnKeys {
  readonly letGo: () => void;
  readonly fullScreen: () => void;
  readonly sendDelete: () => void;
}

/**
 * Left Ctrl and Alt, pressed together and both let go of without another key between, give the keyboard back (virt-manager's way out). F11 is full screen
 * while the guest hasn't the keyboard, Ctrl+Alt+End sends Ctrl+Alt+Delete.
 */
export function useLetGo(grabbed: boolean, own: OwnKeys): void {
  const act = useEffectEvent((what: keyof OwnKeys) => own[what]());
  useEffect(() => {
    const down = new Set<string>();
    let armed = false;
    const press = (event: KeyboardEvent) => {
      down.add(event.code);
      armed = grabbed && down.size === 2 && down.has('ControlLeft') && down.has('AltLeft');
      if (event.code === 'F11' && !grabbed && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        act('fullScreen');
      }
      if (grabbed && event.code === 'End' && event.ctrlKey && event.altKey) {
        event.preventDefault();
        event.stopPropagation();
        act('sendDelete');
      }
    };
    const release = (event: KeyboardEvent) => {
      down.delete(event.code);
      // Not before both are up: the guest, which no longer hears of keys then, would hold the other one for ever.
      if (armed && down.size === 0) {
        armed = false;
        act('letGo');
      }
    };
    const forget = () => down.clear();
    // Before the guest's own listener, which lets nothing through.
    window.addEventListener('keydown', press, true);
    window.addEventListener('keyup', release, true);
    window.addEventListener('blur', forget);
    return () => {
      window.removeEventListener('keydown', press, true);
      window.removeEventListener('keyup', release, true);
      window.removeEventListener('blur', forget);
    };
  }, [grabbed]);
}
